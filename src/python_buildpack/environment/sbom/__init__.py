"""Software bills of materials: what is installed in each layer."""
