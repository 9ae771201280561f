import type { AgreementChannel } from "../domain/model";
import { formDate, formInstant } from "./formDates";
import type { FormFacts, FormPartner, FormRecord } from "./formFacts";
import { shortened } from "./formFonts";
import { accent, faint, FormPaper } from "./formPaper";
import { drawFacts, drawTable } from "./formTable";

/**
 * The signed form as a PDF (docs/domain.md, "The form"): request, records with their partners and dates, the signed
 * text, both signatures. Tagged for screen readers, its font embedded, with nothing in it that acts. The same facts
 * give the same bytes. It takes tens of milliseconds: FormThread does it aside. What is too long for its place is cut
 * with an ellipsis; what the font lacks shows as �.
 */
export async function renderForm(given: FormFacts): Promise<Buffer> {
  const facts = withShortNames(given);
  const { requestId, terms, records } = facts;
  const latest = new Date(Math.max(...records.map(({ accepted }) => accepted.at.getTime())));
  const paper = new FormPaper(`${terms.title} – ${requestId}`, latest);
  drawRequest(paper, facts);
  drawRecords(paper, records);
  drawTerms(paper, facts);
  drawSignatures(paper, facts);
  return await paper.finish(`${requestId}  ·  Change of channel partner`);
}

/** Characters of a name or an address that are shown: those of the longest e-mail address. */
const maxNameLength = 254;
/** Characters of an account number: 20 of them must fit into one cell. */
const maxNumberLength = 40;

/** The facts with names that fit: the directory does not limit theirs. */
function withShortNames(facts: FormFacts): FormFacts {
  const name = (text: string) => shortened(text, maxNameLength);
  const partner = ({ pcn, organizationName }: FormPartner) => ({ pcn, organizationName: name(organizationName) });
  const { customer } = facts;
  return {
    ...facts,
    customer: { name: name(customer.name), customerNumber: name(customer.customerNumber) },
    records: facts.records.map((record) => ({
      ...record,
      accountNumber: shortened(record.accountNumber, maxNumberLength),
      displayName: name(record.displayName),
      oldPartner: partner(record.oldPartner),
      newPartner: partner(record.newPartner),
      accepted: { ...record.accepted, by: name(record.accepted.by) },
    })),
  };
}

function drawRequest(paper: FormPaper, { requestId, customer, submittedAt, terms }: FormFacts): void {
  paper.paragraph("Change of channel partner", { font: "bold", size: 9.5, color: accent });
  paper.heading("H1", terms.title);
  paper.paragraph(
    "Signed by the customer and accepted by the new partner for the billing accounts listed here. Times are in UTC.",
    { color: faint },
  );
  paper.heading("H2", "Request");
  drawFacts(paper, [
    ["Request ID", requestId],
    ["Customer", customer.name],
    ["Customer number", customer.customerNumber],
    ["Submitted", formInstant(submittedAt)],
  ]);
}

const channelNames: Readonly<Record<AgreementChannel, string>> = { DIRECT: "Direct", INDIRECT: "Indirect" };

function drawRecords(paper: FormPaper, records: readonly FormRecord[]): void {
  paper.heading("H2", "Billing accounts");
  drawTable(
    paper,
    [
      { title: "Billing account", share: 0.28 },
      { title: "Channel", share: 0.095 },
      { title: "Old partner", share: 0.23 },
      { title: "New partner", share: 0.23 },
      { title: "Effective date", share: 0.165 },
    ],
    records.map(
      ({ accountNumber, displayName, channel, oldPartner, newPartner, effectiveDate, earlyCocpCaseNumber }) => [
        [accountNumber, displayName],
        [channelNames[channel]],
        partnerCell(oldPartner),
        partnerCell(newPartner),
        [
          formDate(effectiveDate),
          ...(earlyCocpCaseNumber === null ? [] : [`amended by Early COCP case ${earlyCocpCaseNumber}`]),
        ],
      ],
    ),
  );
}

function partnerCell({ organizationName, pcn }: FormPartner): readonly string[] {
  return [organizationName, pcn];
}

function drawTerms(paper: FormPaper, { terms, records }: FormFacts): void {
  paper.heading("H2", "Terms");
  for (const { title, body, billingAccountIds } of terms.sections) {
    paper.heading("H3", title);
    paper.paragraph(`Billing accounts of this section: ${accountNumbers(records, billingAccountIds)}`, {
      color: faint,
    });
    for (const paragraph of body.split("\n\n")) paper.paragraph(paragraph);
  }
}

function accountNumbers(records: readonly FormRecord[], ids: readonly string[]): string {
  const listed = records.filter(({ billingAccountId }) => ids.includes(billingAccountId));
  return listed.map(({ accountNumber }) => accountNumber).join(", ");
}

/** Points that keep the customer's signature on one page. */
const roomOfSignature = 190;

function drawSignatures(paper: FormPaper, { signature, terms, records }: FormFacts): void {
  paper.ensureRoom(roomOfSignature);
  paper.heading("H2", "Signatures");
  paper.heading("H3", "For the customer");
  drawFacts(paper, [
    ["Name", `${signature.firstName} ${signature.lastName}`],
    ["Signed in as", signature.signedBy],
    ["Signed", formInstant(signature.signedAt)],
    ["Terms agreed to", `Version ${terms.version}, as printed above`],
  ]);
  paper.heading("H3", "For the new partner");
  drawTable(
    paper,
    [
      { title: "New partner", share: 0.22 },
      { title: "Accepted by", share: 0.36 },
      { title: "Accepted", share: 0.21 },
      { title: "Billing accounts", share: 0.21 },
    ],
    acceptances(records).map(({ newPartner, accepted, accounts }) => [
      partnerCell(newPartner),
      [accepted.by],
      [formInstant(accepted.at)],
      [accounts.join(", ")],
    ]),
  );
}

/** The acceptances: who, when and for which partner, each with its accounts in the order of the records. */
function acceptances(records: readonly FormRecord[]) {
  const acts = new Map<string, Pick<FormRecord, "newPartner" | "accepted"> & { readonly accounts: string[] }>();
  for (const { newPartner, accepted, accountNumber } of records) {
    const key = JSON.stringify([newPartner.pcn, accepted.by, accepted.at]);
    const act = acts.get(key);
    if (act === undefined) acts.set(key, { newPartner, accepted, accounts: [accountNumber] });
    else act.accounts.push(accountNumber);
  }
  return [...acts.values()];
}
