/**
 * The registers' tables, copied by hand from the contract: command → event | transitions | own fields. Nothing here
 * comes from domain/, so that the two can disagree.
 */
const contract: Readonly<Record<string, { readonly descriptive: string; readonly rows: string }>> = {
  enterprises: {
    descriptive: 'name, nameEn?, sector, district, lingang?, aboveDesignatedSize?, codeConfirmed?',
    rows: `
      enroll → EnterpriseEnrolled | none/left → enrolled |
      diagnose → UpgradeDiagnosed | enrolled/upgrading/upgraded → same | maturityLevel
      start-upgrade → UpgradeStarted | enrolled → upgrading; upgraded → same | project, investmentCny?
      complete-upgrade → UpgradeCompleted | none/enrolled/upgrading → upgraded; upgraded → same | project, outcome
      leave → EnterpriseLeft | enrolled/upgrading/upgraded → left | reason`,
  },
  factories: {
    descriptive: 'name, enterprise?, operator?, sector, district, lingang?',
    rows: `
      nominate → FactoryNominated | none/revoked → nominated |
      assess → FactoryAssessed | nominated/assessed → assessed | panel, score?
      announce → FactoryAnnounced | assessed → announced | noticeUntil?
      certify → FactoryCertifiedAsModel | none/nominated/assessed/announced → certified; certified → same, with another grade | grade, certificateNo?
      suspend → ModelCertificationSuspended | certified → suspended | reason
      reinstate → ModelCertificationReinstated | suspended → certified |
      revoke → ModelCertificationRevoked | certified/suspended → revoked | reason`,
  },
  criteria: {
    descriptive: 'title, titleEn?, level, leads?',
    rows: `
      propose → CriterionProposed | none → proposed |
      draft → CriterionDrafted | proposed → drafting |
      ratify → CriterionRatified | proposed/drafting → ratified |
      publish → CriterionPublished | none/proposed/drafting/ratified → published | number, implementedOn?
      supersede → CriterionSuperseded | published → superseded | by
      abolish → CriterionAbolished | published/superseded → abolished | reason`,
  },
  breakthroughs: {
    descriptive: 'title, category, maker?, enterprise?, sector',
    rows: `
      claim → BreakthroughClaimed | none/retracted → claimed |
      verify → BreakthroughVerified | none/claimed → verified | panel, firstOfItsKind?
      retract → BreakthroughRetracted | claimed/verified → retracted | reason`,
  },
  suppliers: {
    descriptive: 'name, enterprise?',
    rows: `
      nominate → SupplierNominated | none/revoked → nominated |
      designate → SupplierDesignated | none/nominated → designated; designated → same, with another tier | tier, revenueCny
      revoke → SupplierDesignationRevoked | designated → revoked | reason`,
  },
  platforms: {
    descriptive: 'name, operator',
    rows: `
      propose → PlatformProposed | none/revoked → proposed |
      designate → PlatformDesignated | none/proposed → designated; designated → same, with another level | level
      revoke → PlatformDesignationRevoked | designated → revoked | reason`,
  },
  listings: {
    descriptive: 'name, nameEn?, enterprise?',
    rows: `
      file → ListingFiled | none/terminated → filed |
      gain-registration → ListingRegistered | filed → registered |
      terminate → ListingTerminated | filed/registered → terminated | reason
      list → BusinessListed | none/filed/registered → listed |
      delist → BusinessDelisted | listed → delisted | reason`,
  },
  solutions: {
    descriptive: 'supplier, client, destination, enterprise?, valueCny?',
    rows: `
      sign → SolutionContractSigned | none → contracted |
      deliver → SolutionExported | none/contracted → exported |
      cancel → SolutionContractCancelled | contracted/exported → cancelled | reason`,
  },
  plans: {
    descriptive: 'title, from, to, sectors, core, belt, targets',
    rows: `
      adopt → PlanAdopted | none → adopted |
      revise → TargetRevised | adopted → same | target, goal`,
  },
};

/** The statuses in which an entry counts, by measure; the tests state the further conditions. */
export const counting: Readonly<Record<string, readonly string[]>> = {
  'enterprises.upgraded': ['upgraded'],
  'factories.certified': ['certified'],
  'factories.benchmark': [],
  'criteria.published': ['published', 'superseded'],
  'breakthroughs.verified': ['verified'],
  'suppliers.designated': ['designated'],
  'suppliers.designated-10bn': [],
  'platforms.national': ['designated'],
  'listings.listed': ['listed'],
  'solutions.exported': ['exported'],
};

export type FieldNames = { readonly required: readonly string[]; readonly optional: readonly string[] };

export type Row = FieldNames & {
  readonly event: string;
  /** From each status the next one. */
  readonly leads: Readonly<Record<string, string>>;
  /** The field that must differ if the status stays. */
  readonly another?: string;
};

export type Table = {
  readonly first: string;
  readonly descriptive: FieldNames;
  /** In the order of the table, without `amend`. */
  readonly commands: Readonly<Record<string, Row>>;
  readonly statuses: readonly string[];
};

const names = (list: string): FieldNames => {
  const all = list.split(',').flatMap((name) => name.trim() || []);
  return {
    required: all.filter((name) => !name.endsWith('?')),
    optional: all.filter((name) => name.endsWith('?')).map((name) => name.slice(0, -1)),
  };
};

const row = (line: string): readonly [string, Row] => {
  const [head = '', transitions = '', own = ''] = line.split('|');
  const [command = '', event = ''] = head.split('→').map((part) => part.trim());
  const leads = transitions.split(';').flatMap((transition) => {
    const [from = '', to = ''] = transition.split('→').map((part) => part.trim());
    return from.split('/').map((status) => [status, to.startsWith('same') ? status : to] as const);
  });
  const another = /with another (\w+)/.exec(transitions)?.[1];
  return [command, { event, leads: Object.fromEntries(leads), ...(another ? { another } : {}), ...names(own) }];
};

export const tables: Readonly<Record<string, Table>> = Object.fromEntries(
  Object.entries(contract).map(([register, { descriptive, rows }]) => {
    const commands = Object.fromEntries(rows.trim().split('\n').map(row));
    const statuses = new Set(Object.values(commands).flatMap(({ leads }) => Object.entries(leads).flat()));
    const [first = ''] = Object.keys(commands);
    return [register, { first, descriptive: names(descriptive), commands, statuses: [...statuses] }];
  }),
);
