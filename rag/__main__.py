"""`python -m rag`: the command line of `rag.cli`."""

from rag.cli.app import main

if __name__ == "__main__":
    main()
