"""What the app and its user say: settings, files, bindings; read once, before anything is made."""
