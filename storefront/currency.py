"""ISO 4217 currencies and their exponents: how many decimals the minor unit has.

Source: ISO 4217 list one of 2026-01-01. Codes without a minor unit (gold, SDR, XXX, XTS) are left out: nothing is
priced in them. These are ISO's numbers; CLDR, and every payment provider, has a few of its own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES_BY_EXPONENT: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: """
            BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
        """,
        2: """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP
            BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
            EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
            KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
            MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
            RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
            TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
        """,
        3: """
            BHD IQD JOD KWD LYD OMR TND
        """,
        4: """
            CLF UYW
        """,
    }
)

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: digits for digits, codes in CODES_BY_EXPONENT.items() for code in codes.split()}
)


class UnknownCurrency(ValueError):
    """The code is not an active ISO 4217 currency with a minor unit."""

    def __init__(self, code: object) -> None:
        super().__init__(f"{code!r} is no active ISO 4217 currency; use an upper-case code such as EUR.")


def exponent(currency: str) -> int:
    """Return the number of decimals of `currency`: EUR 2, JPY 0, IQD 3.

    currency: ISO 4217 code, upper case.

    :raises UnknownCurrency: if the code is not in the table
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None
