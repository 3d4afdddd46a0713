namespace Crm.Contacts.Domain;

internal enum ContactKind
{
    Person,
    Company,
}

/// <summary>Before or after the first invoice.</summary>
internal enum Standing
{
    Potential,
    Actual,
}

internal enum PhoneKind
{
    Mobile,
    Work,
    Home,
    Fax,
}

internal enum AddressPurpose
{
    Work,
    Home,
    Site,
    Postal,
    Billing,
}

/// <summary>What people fill in of a contact: the same on the form, in the API, in an import and in the demo data.</summary>
internal abstract record ContactFields
{
    public ContactKind Kind { get; init; }

    public Guid? SalutationId { get; init; }

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public string? CompanyName { get; init; }

    public string? NationalId { get; init; }

    public string? EconomicCode { get; init; }

    public string? CardNumber { get; init; }

    public List<string?> Ibans { get; init; } = [];

    public List<string?> BankCards { get; init; } = [];

    public DateOnly? Birthday { get; init; }

    public DateOnly? MarriedOn { get; init; }

    public Guid? MaritalStatusId { get; init; }

    public Guid? ReligionId { get; init; }

    [Web.MultilineText]
    public string? Preferences { get; init; }

    public Standing Standing { get; init; }

    public List<Guid> RoleIds { get; init; } = [];

    public List<Guid> GroupIds { get; init; } = [];

    public Guid? TypeId { get; init; }

    public Guid? RankId { get; init; }

    public Guid? StatusId { get; init; }

    public Guid? SourceId { get; init; }

    public Guid? FieldOfActivityId { get; init; }

    /// <summary>Of a supplier: how much depends on it.</summary>
    public Guid? ImportanceId { get; init; }

    public Guid? OwnerId { get; init; }

    [Web.MultilineText]
    public string? Notes { get; init; }

    /// <summary>Texts of custom fields by key, several for a multiple choice; what is not in it stays as it is.</summary>
    public Dictionary<string, List<string?>> Custom { get; init; } = [];

    public List<PhoneFields> Phones { get; init; } = [];

    public List<EmailFields> Emails { get; init; } = [];

    public List<AddressFields> Addresses { get; init; } = [];

    /// <summary>Company that a person works for now.</summary>
    public Guid? CompanyId { get; init; }

    public Guid? PositionId { get; init; }

    public Guid? DepartmentId { get; init; }
}

internal sealed record PhoneFields
{
    public PhoneKind? Kind { get; init; }

    [Web.PhoneField]
    public string? Number { get; init; }
}

internal sealed record EmailFields
{
    public string? Address { get; init; }
}

internal sealed record AddressFields
{
    public AddressPurpose Purpose { get; init; }

    public string? Country { get; init; }

    public int? ProvinceId { get; init; }

    public int? CountyId { get; init; }

    public int? CityId { get; init; }

    public string? District { get; init; }

    public string? PostalCode { get; init; }

    [Web.MultilineText]
    public string? Text { get; init; }

    /// <summary>Position on the map in degrees, with at most six decimals.</summary>
    public decimal? Latitude { get; init; }

    public decimal? Longitude { get; init; }

    public bool IsEmpty => Latitude is null && Longitude is null && ProvinceId is null && CountyId is null && CityId is null && District is null && PostalCode is null && Text is null;
}
