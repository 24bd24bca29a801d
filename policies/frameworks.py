"""The controls that rules serve: id, framework, title, source.

A rule helps to meet a control; no rule meets one alone. Titles are short descriptions, not the texts of the laws and
standards.
"""

from dataclasses import dataclass
from enum import StrEnum


class Framework(StrEnum):
    GDPR = "GDPR"
    CCPA = "CCPA"
    HIPAA = "HIPAA"
    SOX = "SOX"
    ISO27001 = "ISO 27001"
    SOC2 = "SOC 2"


SOURCES = {
    Framework.GDPR: "Regulation (EU) 2016/679",
    Framework.CCPA: "California Civil Code, title 1.81.5 (as amended by the CPRA)",
    Framework.HIPAA: "45 CFR part 164, subpart C (Security Rule)",
    Framework.SOX: "Sarbanes-Oxley Act of 2002, Public Law 107-204",
    Framework.ISO27001: "ISO/IEC 27001:2022, annex A",
    Framework.SOC2: "AICPA Trust Services Criteria, 2017 (points of focus revised 2022)",
}


@dataclass(frozen=True)
class Control:
    framework: Framework
    reference: str
    title: str

    @property
    def source(self) -> str:
        return f"{SOURCES[self.framework]}, {self.reference}"


CONTROLS: dict[str, Control] = {
    "GDPR-5": Control(Framework.GDPR, "article 5", "Principles: storage limitation, integrity, accountability"),
    "GDPR-25": Control(Framework.GDPR, "article 25", "Data protection by design and by default"),
    "GDPR-30": Control(Framework.GDPR, "article 30", "Records of processing activities"),
    "GDPR-32": Control(Framework.GDPR, "article 32", "Security of processing"),
    "GDPR-33": Control(Framework.GDPR, "article 33", "Notification of a breach to the authority"),
    "GDPR-44": Control(Framework.GDPR, "article 44", "Transfers of personal data to other countries"),
    "CCPA-1798.100": Control(
        Framework.CCPA, "section 1798.100", "Duties of a business: retention, reasonable security"
    ),
    "CCPA-1798.150": Control(Framework.CCPA, "section 1798.150", "Liability for breaches of unencrypted data"),
    "HIPAA-164.308(a)(1)(ii)(D)": Control(
        Framework.HIPAA, "164.308(a)(1)(ii)(D)", "Review of the activity of information systems"
    ),
    "HIPAA-164.308(a)(4)": Control(Framework.HIPAA, "164.308(a)(4)", "Management of access to information"),
    "HIPAA-164.308(a)(7)": Control(Framework.HIPAA, "164.308(a)(7)", "Contingency plan: back-up and recovery"),
    "HIPAA-164.312(a)(1)": Control(Framework.HIPAA, "164.312(a)(1)", "Access control"),
    "HIPAA-164.312(a)(2)(iv)": Control(Framework.HIPAA, "164.312(a)(2)(iv)", "Encryption and decryption"),
    "HIPAA-164.312(b)": Control(Framework.HIPAA, "164.312(b)", "Audit controls"),
    "HIPAA-164.312(c)(1)": Control(Framework.HIPAA, "164.312(c)(1)", "Integrity"),
    "HIPAA-164.312(e)(1)": Control(Framework.HIPAA, "164.312(e)(1)", "Transmission security"),
    "HIPAA-164.316(b)(2)": Control(Framework.HIPAA, "164.316(b)(2)", "Retention of documentation, six years"),
    "SOX-302": Control(Framework.SOX, "section 302", "Officers answer for internal controls"),
    "SOX-404": Control(Framework.SOX, "section 404", "Assessment of internal controls"),
    "SOX-802": Control(Framework.SOX, "section 802", "Retention and integrity of audit records"),
    "ISO27001-A.5.9": Control(Framework.ISO27001, "A.5.9", "Inventory of information and other assets"),
    "ISO27001-A.5.15": Control(Framework.ISO27001, "A.5.15", "Access control"),
    "ISO27001-A.5.17": Control(Framework.ISO27001, "A.5.17", "Authentication information"),
    "ISO27001-A.5.18": Control(Framework.ISO27001, "A.5.18", "Access rights"),
    "ISO27001-A.5.28": Control(Framework.ISO27001, "A.5.28", "Collection of evidence"),
    "ISO27001-A.8.2": Control(Framework.ISO27001, "A.8.2", "Privileged access rights"),
    "ISO27001-A.8.3": Control(Framework.ISO27001, "A.8.3", "Restriction of access to information"),
    "ISO27001-A.8.6": Control(Framework.ISO27001, "A.8.6", "Capacity management"),
    "ISO27001-A.8.8": Control(Framework.ISO27001, "A.8.8", "Management of technical vulnerabilities"),
    "ISO27001-A.8.9": Control(Framework.ISO27001, "A.8.9", "Configuration management"),
    "ISO27001-A.8.10": Control(Framework.ISO27001, "A.8.10", "Deletion of information"),
    "ISO27001-A.8.13": Control(Framework.ISO27001, "A.8.13", "Back-up of information"),
    "ISO27001-A.8.15": Control(Framework.ISO27001, "A.8.15", "Logging"),
    "ISO27001-A.8.16": Control(Framework.ISO27001, "A.8.16", "Monitoring of activities"),
    "ISO27001-A.8.20": Control(Framework.ISO27001, "A.8.20", "Security of networks"),
    "ISO27001-A.8.22": Control(Framework.ISO27001, "A.8.22", "Segregation of networks"),
    "ISO27001-A.8.24": Control(Framework.ISO27001, "A.8.24", "Use of cryptography"),
    "ISO27001-A.8.32": Control(Framework.ISO27001, "A.8.32", "Change management"),
    "SOC2-A1.1": Control(Framework.SOC2, "A1.1", "Capacity is monitored and managed"),
    "SOC2-A1.2": Control(Framework.SOC2, "A1.2", "Data back-up and recovery infrastructure"),
    "SOC2-CC6.1": Control(Framework.SOC2, "CC6.1", "Logical access security"),
    "SOC2-CC6.3": Control(Framework.SOC2, "CC6.3", "Least privilege and segregation of duties"),
    "SOC2-CC6.6": Control(Framework.SOC2, "CC6.6", "Protection against threats from outside the boundary"),
    "SOC2-CC6.7": Control(Framework.SOC2, "CC6.7", "Protection of information while it moves"),
    "SOC2-CC6.8": Control(Framework.SOC2, "CC6.8", "Prevention of unauthorised software"),
    "SOC2-CC7.1": Control(Framework.SOC2, "CC7.1", "Detection of changes and vulnerabilities"),
    "SOC2-CC7.2": Control(Framework.SOC2, "CC7.2", "Monitoring for anomalies"),
    "SOC2-CC7.3": Control(Framework.SOC2, "CC7.3", "Evaluation of security events"),
    "SOC2-CC8.1": Control(Framework.SOC2, "CC8.1", "Change management"),
}
