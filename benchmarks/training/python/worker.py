"""Does one job after another: a line of JSON in, a line of JSON out."""

import contextlib
import json
import sys

import torch
from train import train


def exporter(job):
    # Its packages are not needed to train.
    from export import export

    return export(job)


def sampler(job):
    from sample import sample

    return sample(job)


KINDS = {"train": train, "sample": sampler, "export": exporter}


def main():
    torch.set_num_threads(1)
    answers = sys.stdout
    for line in sys.stdin:
        job = json.loads(line)
        # What libraries print must not stand between answers.
        with contextlib.redirect_stdout(sys.stderr):
            answer = KINDS[job["kind"]](job)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
