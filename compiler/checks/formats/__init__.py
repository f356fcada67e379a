"""What was checked, in the forms that CI systems read: text from values, nothing is written."""

from somac.compiler.checks.formats.github import github
from somac.compiler.checks.formats.junit import junit
from somac.compiler.checks.formats.markdown import markdown
from somac.compiler.checks.formats.sarif import sarif

__all__ = ["github", "junit", "markdown", "sarif"]
