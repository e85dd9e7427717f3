"""When which way to learn from labels is the right one, in a line each."""

__all__ = ["TRUSTED", "TRUSTED_HELP", "WHEN", "none_trusted"]

TRUSTED = "These are right"
"""How a person says so of a pair; its help and what is asked for name it so."""

WHEN = {
    "plain": "When the labels are mostly right, or to see what the others gain.",
    "co-teaching": "When outlines are off or objects missed, as in labels drawn fast "
    "or by several hands: the best in most of our tests. Two networks: twice the time.",
    "jocor": "As Co-teaching; its two networks shall also agree. Twice the time.",
    "tri-network": "As Co-teaching, and lets fewer errors pass. Three networks: three "
    "times the time.",
    "superpixel-guided": "When outlines are far off and objects have clear edges. Two "
    "networks: it chooses and mends whole patches of alike pixels. Not for labels that "
    "are nearly right.",
    "adele": "When objects are drawn too large, too small or missed, and classes are "
    "not equally hard to learn. One network.",
    "adversarial-correction": "When some labels are known to be right (tick "
    f"'{TRUSTED}', about one in four) and can teach how to mend the others. Five "
    "stages, three networks; it tells how far the labels of each image are to be "
    "trusted.",
}
"""Name in LEARNERS to a line for the person who chooses."""
TRUSTED_HELP = (
    "These labels are right. Adversarial correction learns from such labels how to "
    "mend the others: about one image in four is enough, at least 10. Other methods "
    "learn from them as from all labels. Right labels are never corrected."
)
"""What it means to say so of a pair."""
_LEARN_FROM_TRUSTED = ("adversarial-correction",)


def none_trusted(name: str, title: str, count: int, *, is_folder: bool) -> str:
    """Return what a dock asks for where no labels are said to be right, "" if nothing.

    Of all ways to say so (`LabelledMethod.check` knows those outside of napari) it
    names the one that is at hand.

    Parameters
    ----------
    name, title
        Of the method.
    count
        Of label maps.
    is_folder
        Whether they are files.
    """
    if name not in _LEARN_FROM_TRUSTED:
        return ""
    how = (
        "Put right labels into a folder 'trusted' beside 'labels'"
        if is_folder
        else f"Tick '{TRUSTED}' beside pairs that are"
    )
    return (
        f"'{title}' learns from labels that are right how to mend the others, but none "
        f"of the {count} are said to be. {how}: about one image in four, at least 10."
    )
