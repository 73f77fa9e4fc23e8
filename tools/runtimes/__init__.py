"""Archives of Python, and the inventory of them."""
