using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Seeds;

/// <summary>Two hundred persons and companies that a seller and installer of lifts deals with, what was said with them, and what is planned.</summary>
internal sealed class DemoContacts(ContactsDb db, BaseDataCache baseData, IUserDirectory users, IUserAccessSource access, TimeProvider time) : IDemoSeed
{
    private const int Companies = 60;
    private const int People = 140;

    public int Order => 20;

    [BypassesSave("Demo data is written in one go, back-dated, and tells no events: no routine is to start for what never happened.")]
    public async Task SeedAsync(CancellationToken ct)
    {
        if (await db.Contacts.AnyAsync(ct)) return;
        var random = new Random(1405);
        var lists = await baseData.GetAsync(ct);
        // Whom by which branch: an expert must see his customers.
        Dictionary<Guid, List<Guid>> teams = [];
        foreach (var user in await users.ActiveAsync(ct))
        {
            if (await access.FindAsync(user.Id, ct) is not { IsAdministrator: false } a) continue;
            if (!teams.TryGetValue(a.HomeBranch, out var team)) teams[a.HomeBranch] = team = [];
            team.Add(a.Id);
        }

        var now = time.GetUtcNow();
        var contacts = Contacts(random, lists, teams, DateView.Of(null).DayOf(now), Groups());

        // Those who came first have the lowest numbers.
        var age = TimeSpan.FromDays(540);
        for (var i = 0; i < contacts.Count; i++)
        {
            contacts[i].ClearEvents();
            db.Add(contacts[i]);
            db.Entry(contacts[i]).Property(nameof(IStamped.CreatedAt)).CurrentValue = now - age + (age * i / contacts.Count);
            db.Entry(contacts[i]).Property(nameof(IBranchScoped.BranchId)).CurrentValue = BranchOf(contacts[i].OwnerId);
        }

        await db.SaveChangesAsync(ct);
        AddScores(contacts, lists, DateView.Of(null).DayOf(now));
        AddTies(contacts, DateView.Of(null).DayOf(now));
        foreach (var contact in contacts) AddPast(contact, random, lists, now);
        foreach (var contact in contacts.Where(_ => random.Next(4) == 0)) AddPlan(contact, random, lists, now);
        await db.SaveChangesAsync(ct);

        Guid BranchOf(Guid? owner) => owner is { } o && teams.FirstOrDefault(t => t.Value.Contains(o)) is { Value: not null } team ? team.Key : Branches.HeadOffice;
    }

    private static List<Contact> Contacts(Random random, BaseValues lists, Dictionary<Guid, List<Guid>> teams, DateOnly today, Dictionary<string, Guid> groups)
    {
        List<Contact> contacts = [];
        // Nine in ten belong to the head office.
        List<Guid> Team()
        {
            var head = random.Next(10) > 0;
            return teams.Where(t => t.Key == Branches.HeadOffice == head).Select(t => t.Value).FirstOrDefault() ?? teams.Values.FirstOrDefault() ?? [];
        }

        // Drawn apart, so that the rest stays as it was.
        var lots = new Random(1406);
        HashSet<string> names = new(StringComparer.Ordinal);
        while (contacts.Count < Companies)
        {
            var name = SomeContact.CompanyNameOf(random, latin: contacts.Count % 10 == 9);
            if (!names.Add(name)) continue;
            var made = SomeContact.Make(random, lists, Team(), 1_200_000 + (contacts.Count * 7919));
            contacts.Add(new(made with { Kind = ContactKind.Company, FirstName = null, LastName = null, CompanyName = name, Phones = [.. made.Phones.Where(p => p.Kind != PhoneKind.Home)], GroupIds = GroupsOf(name, lots, groups), CardNumber = contacts.Count % 3 == 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"62{7301 + (contacts.Count * 37):000000}") : null }, null, today));
        }

        for (var i = 0; i < People; i++)
        {
            var made = SomeContact.Make(random, lists, Team(), 13_400_000 + (i * 6133));
            var company = random.Next(5) < 2 ? contacts[random.Next(Companies)] : null;
            // Both stand in one branch, or the one would see the other's name without seeing him.
            if (company is not null && teams.Values.FirstOrDefault(t => t.Contains(company.OwnerId ?? Guid.Empty)) is { } colleagues) made = made with { OwnerId = colleagues[random.Next(colleagues.Count)] };
            var woman = random.Next(3) == 0;
            contacts.Add(new(
                made with
                {
                    Kind = ContactKind.Person, CompanyName = null, FirstName = SomeContact.One(random, woman ? Words.Women : Words.Men), LastName = Words.Families[i * 13 % Words.Families.Length],
                    SalutationId = lists.All(BaseLists.Salutation)[random.Next(5) == 0 ? 2 : woman ? 1 : 0].Id, CompanyId = company?.Id,
                    PositionId = company is null ? null : SomeContact.Pick(random, lists, BaseLists.Position), DepartmentId = company is null ? null : SomeContact.Pick(random, lists, BaseLists.Department),
                    GroupIds = lots.Next(4) == 0 ? [groups[lots.Next(3) switch { 0 => "مدیران ساختمان", 1 => "ویلایی", _ => "برج‌ها" }]] : [],
                    Notes = random.Next(8) == 0 ? "ترجیح می‌دهد عصرها تماس بگیریم." : null,
                },
                company?.AsEmployer(),
                today.AddDays(-random.Next(30, 900))));
        }

        return contacts;
    }

    /// <summary>Traders supply parts: most were scored before, some by now again.</summary>
    private void AddScores(List<Contact> contacts, BaseValues lists, DateOnly today)
    {
        var lots = new Random(1408);
        foreach (var supplier in contacts.Where(c => c.Kind == ContactKind.Company && c.Name.StartsWith("بازرگانی", StringComparison.Ordinal)))
        {
            supplier.AddRole(SupplierGrades.Role);
            supplier.SetImportance(FirstSupplierLists.ImportanceId(lots.Next(4)));
            var usual = lots.Next(2, 6);
            for (var n = lots.Next(4); n > 0; n--)
            {
                var on = today.AddDays((-n * 95) + lots.Next(60));
                var scored = new SupplierEvaluation(supplier);
                scored.Write(on, supplier.OwnerId, on.AddDays(-90), on.AddDays(-1), n == 1 && usual < 3 ? "دو سفارش با تأخیر رسید." : null);
                scored.Score([.. lists.Criteria.Select(c => (c.Id, Math.Clamp(usual + lots.Next(-1, 2), 1, SupplierGrades.Best), (string?)null))], lists.Criteria.ToDictionary(c => c.Id, c => c.Weight));
                db.Add(scored);
                db.Entry(scored).Property(nameof(IStamped.CreatedAt)).CurrentValue = new DateTimeOffset(on, new TimeOnly(9, 30), TimeSpan.Zero);
            }
        }
    }

    /// <summary>Liaisons, earlier posts, cards and relations: some of each, between contacts of one branch.</summary>
    private void AddTies(List<Contact> contacts, DateOnly today)
    {
        var lots = new Random(1407);
        var companies = contacts.Where(c => c.Kind == ContactKind.Company).ToList();
        var people = contacts.Where(c => c.Kind == ContactKind.Person).ToList();
        foreach (var company in companies)
        {
            if (people.Find(p => p.MainPost?.CompanyId == company.Id) is { } liaison) company.SetLiaison(liaison.Id);
        }

        for (var i = 0; i < people.Count; i++)
        {
            var person = people[i];
            var near = companies.Where(c => c.BranchId == person.BranchId && c.Id != person.MainPost?.CompanyId).ToList();
            // Every sixth worked elsewhere before.
            if (i % 6 == 0 && near.Count > 0)
            {
                var from = today.AddDays(-lots.Next(1500, 2600));
                person.AddPosition(near[lots.Next(near.Count)].Id, FirstLists.Id(BaseLists.Position, lots.Next(6)), FirstLists.Id(BaseLists.Department, lots.Next(5)), from, from.AddDays(lots.Next(200, 580)));
            }

            var other = people.Skip(i + 1).FirstOrDefault(p => p.BranchId == person.BranchId);
            if (i % 7 == 0 && other is not null) Relate(person, other, lots.Next(3) switch { 0 => 4, 1 => 1, _ => 6 });
        }

        for (var i = 0; i + 5 < companies.Count; i += 9)
        {
            if (companies.Skip(i + 1).FirstOrDefault(c => c.BranchId == companies[i].BranchId) is { } mother) Relate(companies[i], mother, 5);
        }

        foreach (var contact in contacts) contact.ClearEvents();

        void Relate(Contact one, Contact other, int kind)
        {
            // Those that are the same both ways stand once, the lower id first.
            var turn = kind is 1 or 6 && one.Id.CompareTo(other.Id) > 0;
            db.Add(new ContactRelation(turn ? other.Id : one.Id, turn ? one.Id : other.Id, MoreLists.Id(BaseLists.RelationKind, kind), null));
        }
    }

    /// <summary>The groups of the demo company: construction, industry and partners, each with what lies in it.</summary>
    private Dictionary<string, Guid> Groups()
    {
        (string? In, string Title, string English)[] groups =
        [
            (null, "ساختمانی", "Construction"), ("ساختمانی", "مسکونی", "Housing"), ("مسکونی", "برج‌ها", "Towers"), ("مسکونی", "ویلایی", "Villas"), ("مسکونی", "مدیران ساختمان", "Building managers"),
            ("ساختمانی", "اداری و تجاری", "Offices and shops"), (null, "صنعتی", "Industry"), ("صنعتی", "نساجی", "Textiles"), ("نساجی", "فرش‌بافی", "Carpet weaving"), ("صنعتی", "غذایی", "Food"),
            (null, "درمانی", "Health"), (null, "همکاران", "Partners"), ("همکاران", "معماران و مشاوران", "Architects and consultants"), ("همکاران", "تأمین‌کنندگان قطعه", "Suppliers of parts"), ("تأمین‌کنندگان قطعه", "خارجی", "Foreign"),
        ];
        Dictionary<string, Guid> made = new(StringComparer.Ordinal);
        foreach (var (above, title, english) in groups)
        {
            var group = new ContactGroup(above is null ? null : made[above], title, english, (made.Count + 1) * 10);
            db.Add(group);
            made[title] = group.Id;
        }

        return made;
    }

    private static List<Guid> GroupsOf(string company, Random lots, Dictionary<string, Guid> groups)
    {
        List<string> of = company.StartsWith("مجتمع", StringComparison.Ordinal) ? ["برج‌ها"]
            : company.StartsWith("شرکت", StringComparison.Ordinal) ? [lots.Next(2) == 0 ? "اداری و تجاری" : "مسکونی"]
            : company.StartsWith("دفتر", StringComparison.Ordinal) ? ["معماران و مشاوران"]
            : company.StartsWith("بازرگانی", StringComparison.Ordinal) ? ["تأمین‌کنندگان قطعه"]
            : ["خارجی"];
        if (lots.Next(6) == 0) of.Add(lots.Next(3) switch { 0 => "فرش‌بافی", 1 => "غذایی", _ => "درمانی" });
        return [.. of.Select(t => groups[t])];
    }

    private void AddPast(Contact contact, Random random, BaseValues lists, DateTimeOffset now)
    {
        for (var n = random.Next(1, 7); n > 0; n--)
        {
            var day = contact.CreatedAt + ((now - contact.CreatedAt) * (random.NextDouble() * 0.98));
            // In office hours, on whole minutes.
            var start = new DateTimeOffset(day.UtcDateTime.Date, TimeSpan.Zero).AddHours(5 + random.Next(8)).AddMinutes(random.Next(60));
            if (start >= now) continue;
            var c = new Communication(Guid.CreateVersion7(), contact, contact.OwnerId, SomeContact.Pick(random, lists, BaseLists.CommunicationKind), start, start.AddMinutes(random.Next(2, 40)));
            c.Write(SomeContact.One(random, Words.Talks), null, SomeContact.Pick(random, lists, BaseLists.CommunicationResult), random.Next(3) == 0 ? SomeContact.One(random, Words.NextSteps) : null, null);
            db.Add(c);
            db.Entry(c).Property(nameof(IStamped.CreatedAt)).CurrentValue = start.AddMinutes(45);
        }
    }

    private void AddPlan(Contact contact, Random random, BaseValues lists, DateTimeOffset now)
    {
        if (contact.OwnerId is not { } owner) return;
        var late = random.Next(3) == 0;
        var due = now.AddHours(late ? -random.Next(2, 90) : random.Next(3, 240));
        var plan = new FollowUp(contact, lists.All(BaseLists.CommunicationKind)[random.Next(3)].Id, due, owner, SomeContact.One(random, Words.Plans), late ? null : 15, null);
        plan.ClearEvents();
        db.Add(plan);
    }
}
