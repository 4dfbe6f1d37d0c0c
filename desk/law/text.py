"""One sentence in the two languages of the desk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Japanese and in English; the Japanese governs."""

    ja: str
    en: str

    def get(self, language: str) -> str:
        """Return the English for `en` and its variants (such as `en_GB`), the Japanese for anything else."""
        return self.en if language.lower().startswith("en") else self.ja
