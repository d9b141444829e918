"""The explorer, the playback and the globe: widgets of a notebook, and the controls they are made of."""
