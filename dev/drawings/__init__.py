"""The pictures of the README. Each module runs a step and has `draw(folder)`: an SVG of what it printed; the folder is for its files."""
