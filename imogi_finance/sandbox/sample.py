"""A sample company: unpaid invoices of Indonesian suppliers and the bank lines that pay them.

Everything follows from the arguments: the same seed and day make the same company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from imogi_finance.errors import Refused
from imogi_finance.money import exponent
from imogi_finance.paid_status.doors import InvoiceRef
from imogi_finance.sandbox.company import NewBankTransaction, NewInvoice
from imogi_finance.sandbox.composition import App
from imogi_finance.sandbox.importing.bank_accounts import set_number
from imogi_finance.sandbox.sample_orders import SampleOrders, add_sample_orders

MOST_INVOICES = 100_000
COMPANY = "PT Imogi Nusantara"
BANK_NUMBER = "0352877401"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_IDR_PER_UNIT = {"IDR": 1, "JPY": 105, "KWD": 52_000, "EUR": 17_500, "SGD": 12_000}  # about; others as the dollar
_DOLLAR = 16_000
_VAT = Decimal("1.11")

# Name of a supplier, how it numbers its bills, its days of credit, its usual net amounts in thousands of rupiah.
SUPPLIERS = (
    ("PT Sinar Kertas Nusantara", "SKN-{yy}{mm}{n:04d}", 30, (350, 9_500)),
    ("CV Berkah Logistik", "BL.{n:04d}/{roman}/{yyyy}", 14, (150, 4_200)),
    ("PT Cahaya Elektrindo Utama", "INV/CEU/{yyyy}/{n:05d}", 45, (2_400, 64_000)),
    ("PT Mitra Kemasan Sejati", "MKS{yy}{n:05d}", 30, (900, 18_500)),
    ("CV Tirta Makmur", "{n:03d}/TM/{roman}/{yy}", 14, (85, 1_250)),
    ("PT Agro Lestari Jaya", "ALJ-{yyyy}-{n:04d}", 30, (1_100, 27_000)),
    ("PT Baja Prima Sentosa", "BPS/{yy}{mm}/{n:04d}", 45, (4_800, 92_000)),
    ("UD Sumber Rejeki Abadi", "NOTA {n:05d}", 7, (75, 2_100)),
    ("PT Graha Teknik Mandiri", "GTM.{yyyy}.{mm}.{n:04d}", 30, (650, 15_800)),
    ("PT Samudra Ekspres Cargo", "SEC{yyyy}{n:06d}", 21, (220, 6_400)),
    ("CV Dapur Nusantara Catering", "{n:04d}/DNC/{mm}-{yyyy}", 14, (180, 3_600)),
    ("PT Arta Digital Solusindo", "ADS-INV-{n:05d}", 30, (1_500, 38_000)),
)
CUSTOMERS = (
    "PT Ritel Maju Bersama",
    "Toko Sejahtera Bandung",
    "PT Hotel Andalas Indah",
    "CV Kopi Gayo Mandiri",
    "RS Citra Husada",
    "PT Pelayaran Bahari Timur",
)
ABROAD = ("Shenzhen Brightway Components Ltd", "Straits Marine Supplies Pte Ltd", "Nordwind Maschinen GmbH")


@dataclass(frozen=True)
class Sample:
    """The names of what was made.

    Args:
        withdrawal: the bank transaction of exactly the sum of ``unpaid``.
        unpaid: the purchase invoices that the withdrawal pays.
        cash: further purchase invoices, paid in cash at once.
        sales: sales invoices; ``deposit`` is exactly the sum of ``paid_by_deposit`` among them.
        debit_note: a purchase return; a deposit would refund it.
        misfits: purchase invoices in a currency that no bank account has.
        total: the amount of the withdrawal.
        orders: sales orders to be invoiced, where any were asked for.
    """

    company: str
    currency: str
    withdrawal: str
    unpaid: tuple[str, ...]
    cash: tuple[str, ...]
    sales: tuple[str, ...]
    deposit: str
    paid_by_deposit: tuple[str, ...]
    debit_note: str
    misfits: tuple[str, ...]
    total: Decimal
    orders: SampleOrders | None = None


def make_sample(
    app: App,
    *,
    invoices: int,
    orders: int = 0,
    user: str,
    today: date,
    company: str = COMPANY,
    currency: str = "IDR",
    seed: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> Sample:
    """Set a company up and enter the sample, all in the caller's transaction.

    Args:
        invoices: how many unpaid purchase invoices the withdrawal pays, 1 to 100,000.
        orders: how many sales orders to enter, 0 to 100,000.
        user: becomes its manager.
        today: the day that due dates lie before and after.
        on_progress: told how many of how many invoices are entered, and then how many orders.

    Raises:
        Refused: that many invoices are not possible.
    """
    if not 1 <= invoices <= MOST_INVOICES:
        message, remedy = f"A sample of {invoices:,} invoices is not possible.", f"Choose 1 to {MOST_INVOICES:,}."
        raise Refused.because("Sample", "sample_size", message, remedy)
    app.company.set_up(company, currency=currency, user=user)
    set_number(app.rows, f"Bank - {currency}", BANK_NUMBER)
    writer = _Writer(app, company, currency, today, Random(seed), on_progress, invoices + max(3, invoices // 10))
    with app.users.acting_as(user, undoing=False):
        made = writer.write(invoices)
        return replace(made, orders=writer.write_orders(orders)) if orders else made


@dataclass
class _Writer:
    app: App
    company: str
    currency: str
    today: date
    random: Random
    on_progress: Callable[[int, int], None] | None
    expected: int
    entered: int = 0

    def write(self, count: int) -> Sample:
        numbers = self._bills()
        bills = sorted((next(numbers) for _ in range(count)), key=lambda bill: bill.posting_date)
        unpaid = [self._enter(self._dated(bill, number, count)) for number, bill in enumerate(bills)]
        cash = [self._pay_in_cash(next(numbers)) for _ in range(max(3, count // 10))]
        debit_note = self._enter(self._debit_note(bills[0]))
        misfits = [self._enter(bill) for bill in self._from_abroad()]
        sales = list(self._sales())
        sold = [self._enter(invoice) for invoice in sales]
        paid = sorted(self.random.sample(range(len(sold)), 3))
        total = _sum(bills)
        return Sample(
            company=self.company,
            currency=self.currency,
            withdrawal=self._bank_line(-total, "TRSF E-BANKING DB PEMBAYARAN SUPPLIER BATCH", "FTSCY/WS95271"),
            unpaid=tuple(unpaid),
            cash=tuple(cash),
            sales=tuple(sold),
            deposit=self._bank_line(
                _sum([sales[number] for number in paid]), "SETORAN KLIRING PELUNASAN FAKTUR", "KLIRING/0417"
            ),
            paid_by_deposit=tuple(sold[number] for number in paid),
            debit_note=debit_note,
            misfits=tuple(misfits),
            total=total,
        )

    def write_orders(self, count: int) -> SampleOrders:
        return add_sample_orders(
            self.app.selling,
            company=self.company,
            currency=self.currency,
            orders=count,
            today=self.today,
            random=self.random,
            rupiah=self._from_rupiah,
            on_progress=self.on_progress,
        )

    def _from_rupiah(self, amount: Decimal) -> Decimal:
        decimals = 0 if self.currency == "IDR" else exponent(self.currency)
        return (amount / _IDR_PER_UNIT.get(self.currency, _DOLLAR)).quantize(Decimal(1).scaleb(-decimals))

    def _bills(self) -> Iterator[NewInvoice]:
        """Yield bills without end, each supplier's numbers counting up."""
        counts = [self.random.randrange(100, 4000) for _ in SUPPLIERS]
        while True:
            index = self.random.randrange(len(SUPPLIERS))
            name, pattern, days, (low, high) = SUPPLIERS[index]
            counts[index] += 1
            posted = self.today - timedelta(days=self.random.randrange(3, 76))
            yield NewInvoice(
                doctype="Purchase Invoice",
                party=name,
                posting_date=posted,
                due_date=posted + timedelta(days=days),
                reference=_number(pattern, counts[index], posted),
                currency=self.currency,
                total=self._amount(low * 1000, high * 1000),
            )

    def _dated(self, bill: NewInvoice, number: int, count: int) -> NewInvoice:
        """See to it that the oldest bill is overdue and the newest is not."""
        if number == 0 and count > 1:
            return _moved(bill, due=min(bill.due_date, self.today - timedelta(days=2)))
        if number == count - 1:
            return _moved(bill, due=max(bill.due_date, self.today + timedelta(days=5)))
        return bill

    def _pay_in_cash(self, bill: NewInvoice) -> str:
        name = self._enter(bill)
        self.app.company.pay_invoice(
            InvoiceRef("Purchase Invoice", name), account_type="Cash", on=min(bill.due_date, self.today)
        )
        return name

    def _debit_note(self, bill: NewInvoice) -> NewInvoice:
        returned = (bill.total * Decimal("0.2")).quantize(Decimal(1).scaleb(-exponent(self.currency)))
        posted = self.today - timedelta(days=2)
        return NewInvoice(
            doctype="Purchase Invoice",
            party=bill.party,
            posting_date=posted,
            due_date=posted,
            reference=f"RETUR {bill.reference}",
            currency=self.currency,
            total=max(returned, Decimal(1)),
            is_return=True,
        )

    def _from_abroad(self) -> Iterator[NewInvoice]:
        currency = "SGD" if self.currency == "USD" else "USD"
        for number, party in enumerate(ABROAD, 1):
            posted = self.today - timedelta(days=self.random.randrange(5, 60))
            yield NewInvoice(
                doctype="Purchase Invoice",
                party=party,
                posting_date=posted,
                due_date=posted + timedelta(days=45),
                reference=f"EX-{posted:%y%m}-{number:03d}",
                currency=currency,
                total=Decimal(self.random.randrange(40_000, 2_500_000)).scaleb(-2),
            )

    def _sales(self) -> Iterator[NewInvoice]:
        for number, party in enumerate(CUSTOMERS, 1):
            posted = self.today - timedelta(days=self.random.randrange(4, 50))
            yield NewInvoice(
                doctype="Sales Invoice",
                party=party,
                posting_date=posted,
                due_date=posted + timedelta(days=30),
                reference=f"FJ/{posted:%Y/%m}/{number:04d}",
                currency=self.currency,
                total=self._amount(3_500_000, 48_000_000),
            )

    def _amount(self, low: int, high: int) -> Decimal:
        """Return a gross amount: a net one that somebody would ask for, and the value added tax."""
        rate = _IDR_PER_UNIT.get(self.currency, _DOLLAR)
        step = Decimal(2500) / rate if rate == 1 else Decimal("0.25")
        net = Decimal(self.random.randrange(low, high)) / rate
        gross = max(net // step, Decimal(1)) * step * _VAT
        decimals = 0 if self.currency == "IDR" else exponent(self.currency)  # nobody bills cents of a rupiah
        return gross.quantize(Decimal(1).scaleb(-decimals))

    def _enter(self, invoice: NewInvoice) -> str:
        name = self.app.company.add_invoice(self.company, invoice)
        self.entered += 1
        if self.on_progress and self.entered <= self.expected:
            self.on_progress(self.entered, self.expected)
        return name

    def _bank_line(self, amount: Decimal, description: str, reference: str) -> str:
        name = self.app.company.add_bank_transaction(
            self.company,
            NewBankTransaction(
                bank_account=f"Bank - {self.currency}",
                date=self.today - timedelta(days=1),
                amount=amount,
                currency=self.currency,
                description=description,
                reference_number=reference,
            ),
        )
        assert name is not None  # a new company has no statement lines
        return name


def _moved(bill: NewInvoice, *, due: date) -> NewInvoice:
    return NewInvoice(**{**vars(bill), "due_date": due, "posting_date": min(bill.posting_date, due)})


def _number(pattern: str, n: int, on: date) -> str:
    return pattern.format(n=n, yyyy=on.year, yy=f"{on:%y}", mm=f"{on:%m}", roman=_ROMAN[on.month - 1])


def _sum(invoices: Sequence[NewInvoice]) -> Decimal:
    return sum((invoice.total for invoice in invoices), Decimal(0))
