"""An environment in parts: which of its distributions have a layer of their own."""
