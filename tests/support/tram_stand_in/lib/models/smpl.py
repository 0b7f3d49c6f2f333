"""The real one unpickles `data/smpl/SMPL_NEUTRAL.pkl`."""


class SMPL:
    def __init__(self):
        raise FileNotFoundError("data/smpl/SMPL_NEUTRAL.pkl")
