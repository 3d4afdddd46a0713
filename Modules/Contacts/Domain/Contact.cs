using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>A person or a company.</summary>
[Record("contacts", "contacts.contacts", Owners = [nameof(OwnerId)], Province = nameof(ProvinceId))]
internal sealed class Contact : Entity, IBranchScoped, ISoftDeletable, IStamped, IVersioned, INumbered, ISearchable, IHasCustomFields
{
    private readonly List<ContactPhone> _phones = [];
    private readonly List<ContactEmail> _emails = [];
    private readonly List<ContactAddress> _addresses = [];
    private readonly List<ContactPosition> _positions = [];

    private Contact()
    {
    }

    /// <summary>A new contact; its number is drawn when it is saved.</summary>
    /// <param name="fields">What was filled in.</param>
    /// <param name="employer">The company that <see cref="ContactFields.CompanyId"/> names.</param>
    /// <param name="today">First day of the person's post.</param>
    /// <param name="custom">Values of custom fields, as <see cref="CustomValues.Apply"/> answered them.</param>
    public Contact(ContactFields fields, Employer? employer, DateOnly today, string? custom = null)
    {
        Kind = fields.Kind;
        Custom = custom;
        Apply(fields, employer, today);
        Raise(new ContactAdded(Id, KindName, Name));
        Raise(new TriggerFired(Triggers.ContactCreated, Id, Payload([])));
    }

    public ContactKind Kind { get; private init; }

    public long Number { get; private set; }

    /// <summary>As shown: first and last name, or the company's name.</summary>
    [NotAudited]
    public string Name { get; private set; } = "";

    public Guid? SalutationId { get; private set; }

    public string? FirstName { get; private set; }

    public string? LastName { get; private set; }

    /// <summary>A company's own name; for a person the name of the company he works for now.</summary>
    public string? CompanyName { get; private set; }

    [Display(Name = "National ID")]
    public string? NationalId { get; private set; }

    [Display(Name = "Economic code")]
    public string? EconomicCode { get; private set; }

    /// <summary>Number of the subscription or discount card; nobody else has it.</summary>
    public string? CardNumber { get; private set; }

    /// <summary>Bank accounts; null, which takes no room in the row, where none is known.</summary>
    [Display(Name = "Bank accounts")]
    public string[]? Ibans { get; private set; }

    public string[]? BankCards { get; private set; }

    /// <summary>Whom one talks to in this company.</summary>
    [Display(Name = "Liaison")]
    public Guid? LiaisonId { get; private set; }

    public DateOnly? Birthday { get; private set; }

    [Display(Name = "Marriage date")]
    [Sensitive(ContactsPermissions.SeeSensitive)]
    public DateOnly? MarriedOn { get; private set; }

    [Sensitive(ContactsPermissions.SeeSensitive)]
    public Guid? MaritalStatusId { get; private set; }

    [Sensitive(ContactsPermissions.SeeSensitive)]
    public Guid? ReligionId { get; private set; }

    /// <summary>What he likes and dislikes, in words.</summary>
    public string? Preferences { get; private set; }

    public Guid? PhotoId { get; private set; }

    [Display(Name = "Potential or actual")]
    public Standing Standing { get; private set; }

    public Guid[] RoleIds { get; private set; } = [];

    /// <summary>Groups, without those they lie in. Null, which takes no room in the row, where it is in none; may name a group that was merged into another.</summary>
    public Guid[]? GroupIds { get; private set; }

    public Guid? TypeId { get; private set; }

    public Guid? RankId { get; private set; }

    public Guid? StatusId { get; private set; }

    public Guid? SourceId { get; private set; }

    public Guid? FieldOfActivityId { get; private set; }

    /// <summary>How much depends on this supplier.</summary>
    [Display(Name = "Importance as a supplier")]
    public Guid? ImportanceId { get; private set; }

    /// <summary>The customer's expert.</summary>
    [Display(Name = "Expert")]
    public Guid? OwnerId { get; private set; }

    public string? Notes { get; private set; }

    /// <summary>Values of the fields that administrators added.</summary>
    [CustomValues]
    public string? Custom { get; private set; }

    /// <summary>The number to ring: a mobile before a fixed line. Kept here so that lists need no second table.</summary>
    [NotAudited]
    public string? MainPhone { get; private set; }

    /// <summary>City of the first address, for lists and filters.</summary>
    [NotAudited]
    public int? CityId { get; private set; }

    /// <summary>County of the first address that has one, for lists and filters.</summary>
    [NotAudited]
    public int? CountyId { get; private set; }

    /// <summary>Province of the first address that has one, for rights that reach as far as a province.</summary>
    [NotAudited]
    public int? ProvinceId { get; private set; }

    /// <summary>Folded words that a list's search looks in; begins with a space so that the start of every word can be asked for.</summary>
    [NotAudited]
    public string SearchText { get; private set; } = "";

    public Guid BranchId { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public Guid? CreatedBy { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public Guid? UpdatedBy { get; private set; }

    public DateTimeOffset? DeletedAt { get; private set; }

    public Guid? DeletedBy { get; private set; }

    public Guid? DeletionId { get; private set; }

    /// <summary>The contact that this one became; it lies in the bin then, but is not listed there.</summary>
    [Display(Name = "Merged into")]
    public Guid? MergedIntoId { get; private set; }

    public uint Version { get; private set; }

    public IReadOnlyList<ContactPhone> Phones => _phones;

    public IReadOnlyList<ContactEmail> Emails => _emails;

    public IReadOnlyList<ContactAddress> Addresses => _addresses;

    /// <summary>Posts of a person, past and present.</summary>
    public IReadOnlyList<ContactPosition> Positions => _positions;

    /// <summary>The present post that came first: the one on the form, and the company in lists.</summary>
    public ContactPosition? MainPost => _positions.Where(p => p.To is null).OrderBy(p => p.From).ThenBy(p => p.Id).FirstOrDefault();

    public string KindName => NameOf(Kind);

    /// <summary>This company as the employer of others.</summary>
    public Employer AsEmployer() => new(Id, Name);

    public static string NameOf(ContactKind kind) => kind == ContactKind.Person ? "person" : "company";

    /// <summary>Takes over what was filled in. Needs phones, e-mails, addresses and positions loaded.</summary>
    public void Change(ContactFields fields, Employer? employer, DateOnly today)
    {
        var was = Marks();
        var changed = Apply(fields, employer, today);
        if (changed.Count > 0) Told(changed, was);
    }

    /// <summary>Takes over the values of custom fields, as <see cref="CustomValues.Apply"/> answered them.</summary>
    public void SetCustom(string? values)
    {
        JsonObject before = CustomValues.Parse(Custom), after = CustomValues.Parse(values);
        List<string> changed = [.. before.Select(p => p.Key).Union(after.Select(p => p.Key)).Where(k => !JsonNode.DeepEquals(before[k], after[k])).Order(StringComparer.Ordinal)];
        if (changed.Count == 0) return;
        var was = Marks();
        Custom = values;
        Told(["custom", .. changed.Select(k => "custom." + k)], was);
    }

    public void SetStatus(Guid? id) => Set("statusId", StatusId, id, v => StatusId = v);

    public void SetRank(Guid? id) => Set("rankId", RankId, id, v => RankId = v);

    public void SetType(Guid? id) => Set("typeId", TypeId, id, v => TypeId = v);

    public void SetSource(Guid? id) => Set("sourceId", SourceId, id, v => SourceId = v);

    public void SetFieldOfActivity(Guid? id) => Set("fieldOfActivityId", FieldOfActivityId, id, v => FieldOfActivityId = v);

    public void SetImportance(Guid? id) => Set("importanceId", ImportanceId, id, v => ImportanceId = v);

    public void SetRoles(IReadOnlyList<Guid> ids)
    {
        if (!ids.ToHashSet().SetEquals(RoleIds)) Set("roles", null, RoleIds = [.. ids.Distinct()], _ => { });
    }

    public void SetNotes(string? notes) => Set("notes", Notes, notes, v => Notes = v);

    public void SetOwner(Guid? id) => Set("ownerId", OwnerId, id, v => OwnerId = v);

    public void SetStanding(Standing standing) => Set("standing", Standing, standing, v => Standing = v);

    public void AddRole(Guid id)
    {
        if (!RoleIds.Contains(id)) Set("roles", null, RoleIds = [.. RoleIds, id], _ => { });
    }

    public void AddToGroup(Guid id)
    {
        if (GroupIds?.Contains(id) == true) return;
        GroupIds = [.. GroupIds ?? [], id];
        Told(["groups"]);
    }

    public void TakeFromGroup(Guid id)
    {
        if (GroupIds?.Contains(id) != true) return;
        GroupIds = GroupIds.Length == 1 ? null : [.. GroupIds.Where(g => g != id)];
        Told(["groups"]);
    }

    public void RemoveRole(Guid id)
    {
        if (RoleIds.Contains(id)) Set("roles", null, RoleIds = [.. RoleIds.Where(r => r != id)], _ => { });
    }

    /// <summary>The company changed its name: whoever works there carries the new one. Needs phones and e-mails loaded.</summary>
    public void CompanyRenamed(string? name)
    {
        CompanyName = name;
        Refresh();
    }

    public void SetPhoto(Guid? fileId) => Set("photoId", PhotoId, fileId, v => PhotoId = v);

    public void SetLiaison(Guid? personId) => Set("liaisonId", LiaisonId, personId, v => LiaisonId = v);

    /// <summary>A post beside or before the others. Needs positions loaded.</summary>
    public Guid AddPosition(Guid companyId, Guid? positionId, Guid? departmentId, DateOnly from, DateOnly? to)
    {
        var post = new ContactPosition(Id, companyId, positionId, departmentId, from);
        if (to is { } day) post.End(day);
        _positions.Add(post);
        Told(["positions"]);
        return post.Id;
    }

    /// <summary>Null when there is no such post.</summary>
    public Guid? ChangePosition(Guid id, Guid? positionId, Guid? departmentId, DateOnly? from, DateOnly? to)
    {
        if (_positions.Find(p => p.Id == id) is not { } post) return null;
        var changed = post.Change(positionId, departmentId);
        if (post.Held(from ?? post.From, to) || changed) Told(["positions"]);
        return id;
    }

    public bool RemovePosition(Guid id)
    {
        if (_positions.RemoveAll(p => p.Id == id) == 0) return false;
        Told(["positions"]);
        return true;
    }

    /// <summary>Moves it to the recycle bin; called together with removing it from the context.</summary>
    public void Deleting() => Raise(new ContactDeleted(Id));

    /// <summary>This contact is part of another from now on. What only one contact may have (card, liaison's post) is let go.</summary>
    public void MergeInto(Contact into)
    {
        MergedIntoId = into.Id;
        CardNumber = null;
        LiaisonId = null;
    }

    /// <summary>Is a contact of its own again, with what it had let go.</summary>
    public void ComeBack(string? cardNumber, Guid? liaisonId)
    {
        MergedIntoId = null;
        CardNumber = cardNumber;
        LiaisonId = liaisonId;
        Refresh();
    }

    // What the parts give (telephones, e-mails) stands in the search text and the main number.
    private static readonly HashSet<string> s_searchedBy = [nameof(Kind), nameof(Number), nameof(Name), nameof(CompanyName), nameof(MainPhone), nameof(SearchText)];

    public IReadOnlyCollection<string> SearchedBy => s_searchedBy;

    public SearchEntry? ToSearchEntry() => SearchEntryOf(Id, Kind, Number, Name, CompanyName, MainPhone, SearchText);

    /// <summary>Phones stand in the search text in their home spelling; the search asks for the digits after the 0.</summary>
    public static SearchEntry SearchEntryOf(Guid id, ContactKind kind, long number, string name, string? company, string? mainPhone, string searchText)
    {
        var subtitle = string.Join(" · ", new[] { kind == ContactKind.Person ? company : null, mainPhone is { } p ? PhoneNumber.Parse(p).ToDisplay() : null }.Where(s => s is not null));
        return new(kind == ContactKind.Person ? "Person" : "Company", name, subtitle, string.Create(CultureInfo.InvariantCulture, $"{searchText} {number}"), $"/contacts/{id}", ContactsPermissions.See);
    }

    /// <summary>Parts are changed, the contact's own columns perhaps not: works out what lists and searches need.</summary>
    private void Refresh()
    {
        Name = (Kind == ContactKind.Person ? $"{FirstName} {LastName}".Trim() : CompanyName) ?? "";
        var ringable = _phones.Where(p => p.Kind != PhoneKind.Fax).OrderBy(p => p.Position).ToList();
        MainPhone = (ringable.FirstOrDefault(p => p.Kind == PhoneKind.Mobile) ?? ringable.FirstOrDefault())?.Number;
        CityId = _addresses.OrderBy(a => a.Position).FirstOrDefault(a => a.CityId is not null)?.CityId;
        CountyId = _addresses.OrderBy(a => a.Position).FirstOrDefault(a => a.CountyId is not null)?.CountyId;
        ProvinceId = _addresses.OrderBy(a => a.Position).FirstOrDefault(a => a.ProvinceId is not null)?.ProvinceId;
        SearchText = SearchTextOf(Name, Kind == ContactKind.Person ? CompanyName : null, NationalId, _phones.Select(p => p.Number), _emails.Select(e => e.Address), CardNumber);
    }

    /// <summary>The folded words of a contact. Iranian numbers stand in their home spelling; the search turns what is typed to it.</summary>
    public static string SearchTextOf(string name, string? company, string? nationalId, IEnumerable<string> phones, IEnumerable<string> emails, string? card = null)
    {
        var b = new StringBuilder(120).Append(' ').Append(name);
        if (company is not null) b.Append(' ').Append(company);
        if (nationalId is not null) b.Append(' ').Append(nationalId);
        foreach (var phone in phones) b.Append(' ').Append(HomeSpelling(phone));
        foreach (var email in emails) b.Append(' ').Append(email);
        if (card is not null) b.Append(' ').Append(card);
        return " " + PersianText.Fold(b.ToString());
    }

    public static string HomeSpelling(string phone) =>
        phone.StartsWith("+98", StringComparison.Ordinal) ? "0" + phone[3..] : phone.TrimStart('+');

    private List<string> Apply(ContactFields f, Employer? employer, DateOnly today)
    {
        List<string> changed = [];
        Take("salutationId", SalutationId, f.SalutationId, v => SalutationId = v);
        Take("firstName", FirstName, Kind == ContactKind.Person ? f.FirstName : null, v => FirstName = v);
        Take("lastName", LastName, Kind == ContactKind.Person ? f.LastName : null, v => LastName = v);
        Take("companyName", CompanyName, Kind == ContactKind.Company ? f.CompanyName : employer?.Name, v => CompanyName = v);
        Take("nationalId", NationalId, IranianId.Whole(f.NationalId, Kind == ContactKind.Company), v => NationalId = v);
        Take("economicCode", EconomicCode, f.EconomicCode, v => EconomicCode = v);
        Take("cardNumber", CardNumber, BankNumbers.Bare(f.CardNumber), v => CardNumber = v);
        TakeAll("ibans", Ibans, f.Ibans.Select(BankNumbers.Iban), v => Ibans = v);
        TakeAll("bankCards", BankCards, f.BankCards.Select(BankNumbers.Bare), v => BankCards = v);
        Take("birthday", Birthday, Kind == ContactKind.Person ? f.Birthday : null, v => Birthday = v);
        Take("marriedOn", MarriedOn, Kind == ContactKind.Person ? f.MarriedOn : null, v => MarriedOn = v);
        Take("maritalStatusId", MaritalStatusId, Kind == ContactKind.Person ? f.MaritalStatusId : null, v => MaritalStatusId = v);
        Take("religionId", ReligionId, Kind == ContactKind.Person ? f.ReligionId : null, v => ReligionId = v);
        Take("preferences", Preferences, f.Preferences, v => Preferences = v);
        Take("standing", Standing, f.Standing, v => Standing = v);
        Take("typeId", TypeId, f.TypeId, v => TypeId = v);
        Take("rankId", RankId, f.RankId, v => RankId = v);
        Take("statusId", StatusId, f.StatusId, v => StatusId = v);
        Take("sourceId", SourceId, f.SourceId, v => SourceId = v);
        Take("fieldOfActivityId", FieldOfActivityId, f.FieldOfActivityId, v => FieldOfActivityId = v);
        Take("importanceId", ImportanceId, f.ImportanceId, v => ImportanceId = v);
        Take("ownerId", OwnerId, f.OwnerId, v => OwnerId = v);
        Take("notes", Notes, f.Notes, v => Notes = v);
        Guid[] roles = [.. f.RoleIds.Distinct()];
        if (!roles.ToHashSet().SetEquals(RoleIds))
        {
            RoleIds = roles;
            changed.Add("roles");
        }

        Guid[] groups = [.. f.GroupIds.Distinct()];
        if (!groups.ToHashSet().SetEquals(GroupIds ?? []))
        {
            GroupIds = groups.Length == 0 ? null : groups;
            changed.Add("groups");
        }

        if (ApplyPhones(f.Phones)) changed.Add("phones");
        if (ApplyEmails(f.Emails)) changed.Add("emails");
        if (ApplyAddresses(f.Addresses)) changed.Add("addresses");
        if (Kind == ContactKind.Person && ApplyPosition(employer, f.PositionId, f.DepartmentId, today)) changed.Add("positions");
        if (changed.Count > 0) Refresh();
        return changed;

        void TakeAll(string field, string[]? old, IEnumerable<string?> now, Action<string[]?> set)
        {
            string[] values = [.. now.OfType<string>().Distinct(StringComparer.Ordinal)];
            if (values.SequenceEqual(old ?? [])) return;
            set(values.Length == 0 ? null : values);
            changed.Add(field);
        }

        void Take<T>(string field, T old, T now, Action<T> set)
        {
            if (EqualityComparer<T>.Default.Equals(old, now)) return;
            set(now);
            changed.Add(field);
        }
    }

    private bool ApplyPhones(List<PhoneFields> wanted)
    {
        var numbers = new Dictionary<string, PhoneKind>(StringComparer.Ordinal);
        foreach (var p in wanted)
        {
            if (!PhoneNumber.TryParse(p.Number, out var number)) continue;
            // One number stands once, whatever was typed twice.
            numbers.TryAdd(number.Value, p.Kind ?? (number.IsMobile ? PhoneKind.Mobile : PhoneKind.Work));
        }

        var changed = _phones.RemoveAll(p => !numbers.ContainsKey(p.Number)) > 0;
        short position = 0;
        foreach (var (number, kind) in numbers)
        {
            if (_phones.Find(p => p.Number == number) is { } known)
            {
                changed |= known.Change(kind, position);
            }
            else
            {
                _phones.Add(new ContactPhone(Id, kind, number, position));
                changed = true;
            }

            position++;
        }

        return changed;
    }

    private bool ApplyEmails(List<EmailFields> wanted)
    {
        var addresses = wanted.Select(e => e.Address?.Trim().ToLowerInvariant()).Where(a => !string.IsNullOrEmpty(a)).Select(a => a!).Distinct(StringComparer.Ordinal).ToList();
        var changed = _emails.RemoveAll(e => !addresses.Contains(e.Address, StringComparer.Ordinal)) > 0;
        for (short i = 0; i < addresses.Count; i++)
        {
            if (_emails.Find(e => e.Address == addresses[i]) is { } known)
            {
                changed |= known.Move(i);
            }
            else
            {
                _emails.Add(new ContactEmail(Id, addresses[i], i));
                changed = true;
            }
        }

        return changed;
    }

    // Addresses have no natural key: the one at the same place of the form is the same address.
    private bool ApplyAddresses(List<AddressFields> wanted)
    {
        var filled = wanted.Where(a => !a.IsEmpty).ToList();
        var known = _addresses.OrderBy(a => a.Position).ToList();
        var changed = false;
        for (var i = 0; i < Math.Max(filled.Count, known.Count); i++)
        {
            if (i >= filled.Count)
            {
                _addresses.Remove(known[i]);
                changed = true;
            }
            else if (i >= known.Count)
            {
                _addresses.Add(new ContactAddress(Id, filled[i], (short)i));
                changed = true;
            }
            else
            {
                changed |= known[i].Change(filled[i], (short)i);
            }
        }

        return changed;
    }

    private bool ApplyPosition(Employer? employer, Guid? positionId, Guid? departmentId, DateOnly today)
    {
        var now = MainPost;
        if (now is null && employer is null) return false;
        if (now is not null && employer is not null && now.CompanyId == employer.Id) return now.Change(positionId, departmentId);
        // The past stays: the old post ends, the new one begins.
        now?.End(today);
        // He may hold a second post there already, which is the main one from now on.
        if (employer is not null && !_positions.Exists(p => p.To is null && p.CompanyId == employer.Id)) _positions.Add(new ContactPosition(Id, employer.Id, positionId, departmentId, today));
        return true;
    }

    private void Set<T>(string field, T old, T now, Action<T> set)
    {
        if (EqualityComparer<T>.Default.Equals(old, now)) return;
        var was = Marks();
        set(now);
        Told([field], was);
    }

    private void Told(IReadOnlyList<string> changed, JsonObject? was = null)
    {
        Raise(new ContactChanged(Id, changed));
        Raise(new TriggerFired(Triggers.ContactChanged, Id, Payload(changed, was)));
    }

    // What conditions on «old» and «new» ask about; what has no value of its own (telephones, addresses) is not among it.
    private JsonObject Marks() => new()
    {
        ["typeId"] = TypeId, ["rankId"] = RankId, ["statusId"] = StatusId, ["sourceId"] = SourceId, ["fieldOfActivityId"] = FieldOfActivityId, ["importanceId"] = ImportanceId, ["ownerId"] = OwnerId,
        ["standing"] = JsonNamingPolicy.CamelCase.ConvertName(Standing.ToString()), ["custom"] = CustomValues.Parse(Custom),
    };

    private string Payload(IReadOnlyList<string> changed, JsonObject? was = null) => new JsonObject
    {
        ["was"] = was,
        ["now"] = was is null ? null : Marks(),
        ["contactId"] = Id,
        ["kind"] = KindName,
        ["name"] = Name,
        ["standing"] = JsonNamingPolicy.CamelCase.ConvertName(Standing.ToString()),
        ["roles"] = new JsonArray([.. RoleIds.Select(r => (JsonNode)JsonValue.Create(r))]),
        ["groupIds"] = new JsonArray([.. (GroupIds ?? []).Select(g => (JsonNode)JsonValue.Create(g))]),
        ["typeId"] = TypeId,
        ["rankId"] = RankId,
        ["statusId"] = StatusId,
        ["sourceId"] = SourceId,
        ["ownerId"] = OwnerId,
        ["custom"] = CustomValues.Parse(Custom),
        ["changed"] = new JsonArray([.. changed.Select(c => (JsonNode)JsonValue.Create(c))]),
    }.ToJsonString();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{KindName} {Number}");
}

internal sealed class ContactMapping : IEntityTypeConfiguration<Contact>
{
    public void Configure(EntityTypeBuilder<Contact> builder)
    {
        builder.ToTable("contacts");
        builder.Property(c => c.Name).HasMaxLength(300);
        builder.Property(c => c.FirstName).HasMaxLength(100);
        builder.Property(c => c.LastName).HasMaxLength(150);
        builder.Property(c => c.CompanyName).HasMaxLength(300);
        builder.Property(c => c.NationalId).HasMaxLength(20);
        builder.Property(c => c.Notes).HasMaxLength(8000);
        builder.Property(c => c.MainPhone).HasMaxLength(20);
        builder.Property(c => c.SearchText).HasColumnType("text");
        builder.Property(c => c.Preferences).HasMaxLength(2000);
        builder.Property(c => c.EconomicCode).HasMaxLength(20);
        builder.Property(c => c.CardNumber).HasMaxLength(30);
        builder.Property(c => c.Ibans).HasColumnType("text[]");
        builder.Property(c => c.BankCards).HasColumnType("text[]");
        builder.Property(c => c.Custom).HasColumnType("jsonb");
        builder.Ignore(c => c.KindName);
        builder.Ignore(c => c.MainPost);
        builder.HasMany(c => c.Phones).WithOne().HasForeignKey(p => p.ContactId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(c => c.Emails).WithOne().HasForeignKey(p => p.ContactId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(c => c.Addresses).WithOne().HasForeignKey(p => p.ContactId).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany(c => c.Positions).WithOne().HasForeignKey(p => p.PersonId).OnDelete(DeleteBehavior.Cascade);
        foreach (var parts in (string[])[nameof(Contact.Phones), nameof(Contact.Emails), nameof(Contact.Addresses), nameof(Contact.Positions)])
            builder.Navigation(parts).UsePropertyAccessMode(PropertyAccessMode.Field);

        // The list's orders: newest first, by branch, by expert, by name, by last change; each is also the keyset.
        builder.HasIndex(c => c.Number).IsUnique().HasFilter("deleted_at is null");
        builder.HasIndex(c => new { c.BranchId, c.Number });
        builder.HasIndex(c => new { c.OwnerId, c.Number }).HasFilter("owner_id is not null");
        builder.HasIndex(c => new { c.Name, c.Number });
        builder.HasIndex(c => new { c.UpdatedAt, c.Number });
        builder.HasIndex(c => c.SearchText).HasMethod("gin").HasOperators("gin_trgm_ops");
        builder.HasIndex(c => c.CardNumber).IsUnique().HasFilter("card_number is not null and deleted_at is null");
        builder.HasIndex(c => c.LiaisonId).HasFilter("liaison_id is not null");
        builder.HasIndex(c => c.NationalId).HasFilter("national_id is not null");
        // Everything that is chosen from a list, in one index of a dozen bytes a contact: whatever combination a filter names, its few rows are found by it. Many rows are found by the order's own index sooner.
        builder.HasIndex(c => new { c.StatusId, c.TypeId, c.RankId, c.SourceId, c.FieldOfActivityId, c.SalutationId, c.CityId, c.CountyId, c.ProvinceId, c.OwnerId, c.RoleIds, c.GroupIds }, "ix_contacts_facets").HasMethod("gin").HasFilter("deleted_at is null");
        // Contacts are added in the order of time, so a few kilobytes tell which part of the table a day lies in.
        builder.HasIndex(c => c.CreatedAt).HasMethod("brin");
        builder.HasIndex(c => c.Birthday).HasFilter("birthday is not null");
        builder.HasIndex(c => c.Custom).HasMethod("gin").HasOperators("jsonb_path_ops").HasFilter("custom is not null");
    }
}
