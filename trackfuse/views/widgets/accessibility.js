// Gives the controls around it what ipywidgets leaves out for screen readers: names and values of sliders, which button
// of a row is pressed or cannot be, what the buttons of a clock do, and words for the picture. It draws nothing.

function words(box, kind) {
  return box?.querySelector(kind)?.textContent.trim() || "";
}

function set(element, name, value) {
  if (value && element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// A button that cannot be pressed now says why; one that can again has its own words back.
function bar(button, reason) {
  if (reason) {
    if (button.dataset.words === undefined) button.dataset.words = button.title;
    if (button.title !== reason) button.title = reason;
  } else if (button.dataset.words !== undefined) {
    button.title = button.dataset.words;
    delete button.dataset.words;
  }
  if (button.disabled !== Boolean(reason)) button.disabled = Boolean(reason);
}

function speak(root, alt, impossible, clock, lang) {
  set(root, "lang", lang);
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const box = handle.closest(".widget-inline-hbox");
    set(handle, "aria-label", words(box, ".widget-label"));
    set(handle, "aria-valuetext", words(box, ".widget-readout"));
  }
  for (const row of root.querySelectorAll(".widget-toggle-buttons")) {
    set(row, "role", "group");
    set(row, "aria-label", words(row, ".widget-label"));
    for (const button of row.querySelectorAll("button")) {
      bar(button, impossible[words(row, ".widget-label")]?.[button.textContent.trim()]);
    }
  }
  for (const button of root.querySelectorAll(".widget-toggle-button")) {
    set(button, "aria-pressed", String(button.classList.contains("mod-active")));
  }
  for (const icon of root.querySelectorAll(".widget-play button i")) {
    const name = Object.keys(clock).find((each) => icon.classList.contains(each));
    set(icon.closest("button"), "aria-label", clock[name]);
  }
  for (const picture of root.querySelectorAll("img.widget-image")) set(picture, "alt", alt);
}

function render({ model, el }) {
  let asked = 0, root = null;
  const watcher = new MutationObserver(() => later());
  const now = () => {
    asked = 0;
    if (!root) {
      root = el.closest(".trackfuse-face");
      if (!root) return later();  // not on the page yet
      watcher.observe(root, { subtree: true, childList: true, characterData: true, attributeFilter: ["class"] });
    }
    speak(root, model.get("alt"), model.get("impossible"), model.get("clock"), model.get("lang"));
  };
  const later = () => { asked = asked || requestAnimationFrame(now); };
  model.on("change", later);
  later();
  return () => { watcher.disconnect(); model.off("change", later); cancelAnimationFrame(asked); };
}

export default { render };
