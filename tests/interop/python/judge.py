"""pyHanko judges certification paths, now and in the past.

Reads cases from a JSON file and prints one JSON object a line: the verdict, and why. Nothing is fetched.
"""

import asyncio
import base64
import json
import sys
from datetime import datetime

from asn1crypto import crl as asn1_crl
from asn1crypto import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.context import (
    CertValidationPolicySpec,
    bootstrap_validation_data_handlers,
)
from pyhanko_certvalidator.ltv.ades_past import _past_validate_precheck
from pyhanko_certvalidator.ltv.poe import POEManager, POEType
from pyhanko_certvalidator.ltv.time_slide import time_slide
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer


def certificates(case, name):
    return [x509.Certificate.load(base64.b64decode(der)) for der in case[name]]


def lists(case):
    return [asn1_crl.CertificateList.load(base64.b64decode(der)) for der in case["crls"]]


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


async def judge_now(case):
    context = ValidationContext(
        trust_roots=[CertTrustAnchor(root) for root in certificates(case, "anchors")],
        # The anchor too: who signed a list is looked for among these.
        other_certs=certificates(case, "others") + certificates(case, "anchors"),
        crls=lists(case),
        moment=moment(case["time"]),
        revocation_mode="require",
        allow_fetching=False,
    )
    leaf = certificates(case, "leaf")[0]
    await CertificateValidator(leaf, validation_context=context).async_validate_usage({"digital_signature"})
    return None


async def judge_past(case):
    """The control-time of EN 319 102-1 5.6.2.2, for one path: the leaf, those above it, the anchor.

    Its two steps are taken alone: pyHanko's own combination validates the path once more at the control-time, which the
    standard does not ask for and which refuses every list that is younger.
    """
    proofs = POEManager(current_dt_override=moment(case["time"]))
    for proof in case["proofs"]:
        proofs.register(base64.b64decode(proof["object"]), POEType.PROVIDED, dt=moment(proof["at"]))
    anchor = certificates(case, "anchors")[0]
    others = certificates(case, "others")
    leaf = certificates(case, "leaf")[0]
    handlers = bootstrap_validation_data_handlers(
        fetchers=None,
        crls=[CRLContainer(one) for one in lists(case)],
        certs=[leaf, *others, anchor],
        poe_manager=proofs,
    )
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[CertTrustAnchor(anchor)]),
        revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=REQUIRE_REVINFO),
        algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(),
    )
    path = ValidationPath(CertTrustAnchor(anchor), interm=list(reversed(others)), leaf=leaf)
    await _past_validate_precheck(path, policy)
    control = await time_slide(
        path,
        init_control_time=moment(case["time"]),
        revinfo_manager=handlers.revinfo_manager,
        rev_trust_policy=policy.revinfo_policy,
        algo_usage_policy=policy.algorithm_usage_policy,
        time_tolerance=policy.time_tolerance,
    )
    return control.isoformat().replace("+00:00", "Z")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        judge = judge_past if "proofs" in case else judge_now
        answer = {"name": case["name"], "accepted": True, "control_time": None, "why": None, "kind": None}
        try:
            answer["control_time"] = asyncio.run(judge(case))
        except Exception as refusal:  # whatever it is, it is no acceptance
            answer.update(accepted=False, kind=type(refusal).__name__, why=str(refusal))
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
