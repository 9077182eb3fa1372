"""The process: `python -m dtemplates`, and the script `dtemplates`."""

from __future__ import annotations

import gc
import os


def main() -> None:
    """Run the command line and end the process."""
    # Modules and documents are no garbage: to look for some in them takes a tenth of the time.
    gc.set_threshold(100_000, 50, 50)
    # Nothing of ours is pydantic's plugin, and to search all installed packages for one takes long.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from dtemplates import cli

    cli.main()


if __name__ == "__main__":
    main()
