// Gives the controls around it what ipywidgets leaves out for screen readers: names and values of sliders, which button
// of a row is pressed, what the buttons of a clock do, and words for the picture. It draws nothing.
const CLOCK = { "fa-play": "Play", "fa-pause": "Pause", "fa-stop": "Stop", "fa-repeat": "Repeat" };

function words(box, kind) {
  return box?.querySelector(kind)?.textContent.trim() || "";
}

function set(element, name, value) {
  if (value && element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function speak(root, alt) {
  for (const handle of root.querySelectorAll(".noUi-handle")) {
    const box = handle.closest(".widget-inline-hbox");
    set(handle, "aria-label", words(box, ".widget-label"));
    set(handle, "aria-valuetext", words(box, ".widget-readout"));
  }
  for (const row of root.querySelectorAll(".widget-toggle-buttons")) {
    set(row, "role", "group");
    set(row, "aria-label", words(row, ".widget-label"));
    for (const button of row.querySelectorAll("button")) {
      set(button, "aria-pressed", String(button.classList.contains("mod-active")));
    }
  }
  for (const icon of root.querySelectorAll(".widget-play button i")) {
    const name = Object.keys(CLOCK).find((each) => icon.classList.contains(each));
    set(icon.closest("button"), "aria-label", CLOCK[name]);
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
    speak(root, model.get("alt"));
  };
  const later = () => { asked = asked || requestAnimationFrame(now); };
  model.on("change:alt", later);
  later();
  return () => { watcher.disconnect(); model.off("change:alt", later); cancelAnimationFrame(asked); };
}

export default { render };
