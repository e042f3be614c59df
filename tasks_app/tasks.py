"""The jobs: the one place where the engine and the domain meet."""
