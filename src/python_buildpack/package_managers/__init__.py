"""Package managers: which one an app uses, and how it installs; CONTRIBUTING says how to add one."""
