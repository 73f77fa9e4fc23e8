"""Projects without a lock, which pip installs."""
