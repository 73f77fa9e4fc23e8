"""What fails in every package manager: builds, memory, networks."""
