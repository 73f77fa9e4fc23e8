"""Making a release; see "How a release is made" in CONTRIBUTING.md."""
