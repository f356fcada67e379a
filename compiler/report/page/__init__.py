"""`page_of`: a report as one file of HTML that needs nothing else."""

from somac.compiler.report.page.render import page_of

__all__ = ["page_of"]
