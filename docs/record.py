#!/usr/bin/env python3
"""Records a session of the real program on a terminal, on its own emulator: docs/terminal.svg, and its text in README.md.

    pip install rich==15.0.0
    cargo build -p msgraph-incident-tasks-cli
    python3 docs/record.py target/debug/incident-tasks
"""

import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 112, 40
COMMANDS = [
    "incident-tasks list --incident 123",
    "incident-tasks update 213213 213214 --status completed",
    "incident-tasks apply updates.csv --failures-only",
]
# Rich's template without its web font: a picture loads nothing.
TEMPLATE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" class="rich-terminal">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(command, program, environment, folder):
    """Returns the output of a command on a terminal, with its colours."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    arguments = [program, *command.split()[1:]]
    process = subprocess.Popen(
        arguments, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, cwd=folder, close_fds=True
    )
    os.close(terminal)
    output = b""
    try:
        while chunk := os.read(main, 65536):
            output += chunk
    except OSError:
        pass  # The other side of the terminal is closed.
    process.wait()
    lines = output.decode().replace("\r\n", "\n").split("\n")
    # Removes an erased progress bar.
    return "\n".join(re.split(r"\r?\x1b\[2K|\r", line)[-1] for line in lines).rstrip("\n")


def write_rows(program, environment, folder):
    """Writes updates.csv: each open task of the emulator, and one that does not exist."""
    list_open = [program, "list", "--all", "--status", "open", "--ids-only"]
    ids = subprocess.run(list_open, env=environment, check=True, capture_output=True, text=True).stdout.split()
    rows = [f"{id},completed\n" for id in [*ids, "99999"]]
    (pathlib.Path(folder) / "updates.csv").write_text("id,status\n" + "".join(rows))


def main():
    program = os.path.abspath(sys.argv[1])
    docs = pathlib.Path(__file__).parent
    emulator = subprocess.Popen(
        [program, "emulator", "--port", "0", "--generate", "2000", "--seed", "7"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        endpoint = emulator.stdout.readline().strip()
        environment = {"TERM": "xterm-256color", "GRAPH_TOKEN": "any", "GRAPH_ENDPOINT": endpoint}
        console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)
        with tempfile.TemporaryDirectory() as folder:
            write_rows(program, environment, folder)
            for number, command in enumerate(COMMANDS):
                output = run(command, program, environment, folder)
                prompt = Text.assemble("\n" if number else "", ("$ ", "bold green"), (command, "bold"))
                console.print(prompt, soft_wrap=True)
                console.print(Text.from_ansi(output), soft_wrap=True)
    finally:
        emulator.terminate()
        emulator.wait()
    text = "\n".join(line.rstrip() for line in console.export_text(clear=False).splitlines())
    readme = docs.parent / "README.md"
    before, _, after = re.split(r"(?s)(?<=```text\n)(.*?)(?=```\n)", readme.read_text(), maxsplit=1)
    readme.write_text(f"{before}{text}\n{after}")
    svg = console.export_svg(title="incident-tasks", code_format=TEMPLATE, unique_id="session")
    svg = "\n".join(line.rstrip() for line in svg.splitlines())
    (docs / "terminal.svg").write_text(svg.rstrip() + "\n")


if __name__ == "__main__":
    main()
