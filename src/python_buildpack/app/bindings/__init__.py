"""Service bindings: credentials, certificates and settings that a platform mounts into a build."""
