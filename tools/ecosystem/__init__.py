"""Public apps that are built and started before a release: does each work at the first try?"""
