"""What is shown, as plain data: the values behind `--json` and behind the text."""
