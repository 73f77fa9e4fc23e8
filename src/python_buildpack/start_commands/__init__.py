"""What the image starts: where commands are written, and what they become."""
