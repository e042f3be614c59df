"""What a job's body may raise to say how it ends, beyond an ordinary failure."""


class Unknown(Exception):
    """An outside effect may have happened: the job ends `unknown` until an event or a person settles it."""


class JobCancelled(Exception):
    """A person asked this running job to stop; raised at its next progress point."""


class JobLost(Exception):
    """This run no longer holds its lease: another run has the job, and nothing more may take effect."""
