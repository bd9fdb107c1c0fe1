"""What is generated from the steps' own descriptions. Each module has `files(steps)`: what it makes of them, by the path in the repository."""
