"""How everything looks: fonts, colours, labels, captions, and sizes on paper."""
