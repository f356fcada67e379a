"""What is shown, as text: pure functions of plain values."""
