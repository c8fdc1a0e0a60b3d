"""Compiles the LaTeX of every case with pdflatex: `python latex.py cases.json FOLDER`.

Every named loss and the first 20 random formulas become one document, FOLDER/equations.pdf. Each equation is also
compiled by itself where the whole does not, so that the one at fault is named.
"""

import json
import pathlib
import subprocess
import sys

N_RANDOM = 20

HEAD = r"""\documentclass{article}
\usepackage[a4paper,margin=2cm]{geometry}
\usepackage{amsmath}
\begin{document}
"""
TAIL = "\\end{document}\n"


def chosen(cases):
    """The named losses once each, and random formulas."""
    named = {case["name"]: case for case in cases if case["name"] != "generated_loss"}
    random = [case for case in cases if case["name"] == "generated_loss"]
    return list(named.values()) + random[:N_RANDOM]


def part(case):
    """The exported text as it is, in a display, under the formula."""
    text = case["formula"].replace("_", r"\_").replace("^", r"\^{}")
    return f"\\noindent\\texttt{{\\small {text}}}\n\\begin{{gather*}}\n{case['codes']['latex']}\\end{{gather*}}\n"


def compiles(folder, name, body):
    """Whether pdflatex takes it, and what it says against it; an overfull line is no error."""
    (folder / f"{name}.tex").write_text(HEAD + body + TAIL)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    said = [line for line in ran.stdout.splitlines() if line.startswith("!")]
    return ran.returncode == 0, " ".join(said)


def main():
    cases = chosen(json.loads(pathlib.Path(sys.argv[1]).read_text())["cases"])
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    works, _ = compiles(folder, "equations", "".join(map(part, cases)))
    bad = 0
    for case in cases if not works else []:
        alone, said = compiles(folder, "alone", part(case))
        if not alone:
            bad += 1
            print(f"{case['formula']}: {said}")
    print(f"{len(cases)} equations, {bad} do not compile: {folder / 'equations.pdf'}")
    sys.exit(0 if works else 1)


main()
