"""What an image says of itself: its labels, and the report of its build."""
