"""The command line: parse, call one library function, print. Exceptions become exit codes here, and nowhere else."""


def main() -> None:
    """Run the command line."""
