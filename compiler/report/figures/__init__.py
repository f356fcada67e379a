"""The pictures of a report: one function each, from a section to the text of an SVG."""
