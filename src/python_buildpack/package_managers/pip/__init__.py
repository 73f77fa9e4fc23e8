"""Requirements files, and pip, which installs them."""
