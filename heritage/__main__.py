"""`python -m heritage`, the same as `heritage`."""

from heritage.cli import main

if __name__ == "__main__":
    main()
