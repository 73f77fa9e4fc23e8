"""What is installed: resolutions, distributions, the lock and the SBOM that describe them."""
