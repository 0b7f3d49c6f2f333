"""Estimators whose shapes are SMPL's own: the mannequin's betas mean something else."""

from pathlib import Path

from share_data.body.files import find_model_file
from share_data.body.model import MANNEQUIN, BodyModel
from share_data.body.model_names import gender_of
from share_data.errors import BodyModelError
from share_data.needs import Need

REGISTER = (
    "Register at https://smpl.is.tue.mpg.de, download SMPL for Python, and build with "
    "--set body.model=/path/to/SMPL_NEUTRAL.pkl (or basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl)"
)


def require_neutral_smpl(body: BodyModel, purpose: str) -> None:
    """Raises BodyModelError unless `body` is the neutral SMPL model, in whose shape space `purpose` speaks."""
    body.require_smpl(purpose)
    if body.gender != "neutral":
        raise BodyModelError(
            f"{purpose} needs the neutral SMPL model: its betas are of that one, and the {body.gender} model's mean "
            "something else. Build with --set body.gender=neutral and the neutral file as body.model"
        )


def neutral_smpl_need(model: str, gender: str) -> Need:
    """Whether a recipe's body model (a path) can be the neutral SMPL. Looks at the file's name alone."""
    name = "SMPL body model"
    if model == MANNEQUIN:
        return Need(name, False, "body.model is the built-in mannequin, whose betas mean something else", REGISTER)
    if gender != "neutral":
        return Need(name, False, f"body.gender is {gender}, the shapes are the neutral model's", REGISTER)
    try:
        path = find_model_file(Path(model), gender)
    except (BodyModelError, OSError) as error:
        return Need(name, False, str(error), REGISTER)
    if gender_of(path.name) not in ("", gender):
        return Need(name, False, f"{path} is the {gender_of(path.name)} model", REGISTER)
    return Need(name, True, str(path))
