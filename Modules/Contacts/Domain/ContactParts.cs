using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>The company where a person works, as far as the person's own record tells of it.</summary>
internal sealed record Employer(Guid Id, string? Name);

/// <summary>One number of a contact, in international form.</summary>
internal sealed class ContactPhone : Entity, IPartOf
{
    private ContactPhone()
    {
    }

    public ContactPhone(Guid contactId, PhoneKind kind, string number, short position) =>
        (ContactId, Kind, Number, Position) = (contactId, kind, number, position);

    public Guid ContactId { get; private set; }

    public PhoneKind Kind { get; private set; }

    public string Number { get; private set; } = "";

    [NotAudited]
    public short Position { get; private set; }

    public Guid RootId => ContactId;

    public bool Change(PhoneKind kind, short position)
    {
        var changed = (Kind, Position) != (kind, position);
        (Kind, Position) = (kind, position);
        return changed;
    }
}

internal sealed class ContactEmail : Entity, IPartOf
{
    private ContactEmail()
    {
    }

    public ContactEmail(Guid contactId, string address, short position) => (ContactId, Address, Position) = (contactId, address, position);

    public Guid ContactId { get; private set; }

    /// <summary>In lower case.</summary>
    public string Address { get; private set; } = "";

    [NotAudited]
    public short Position { get; private set; }

    public Guid RootId => ContactId;

    public bool Move(short position)
    {
        var changed = Position != position;
        Position = position;
        return changed;
    }
}

internal sealed class ContactAddress : Entity, IPartOf
{
    private ContactAddress()
    {
    }

    public ContactAddress(Guid contactId, AddressFields fields, short position)
    {
        ContactId = contactId;
        Change(fields, position);
    }

    public Guid ContactId { get; private set; }

    public AddressPurpose Purpose { get; private set; }

    /// <summary>ISO 3166 code.</summary>
    public string Country { get; private set; } = "IR";

    public int? ProvinceId { get; private set; }

    /// <summary>County (شهرستان); that of the city where one is given.</summary>
    public int? CountyId { get; private set; }

    public int? CityId { get; private set; }

    public string? District { get; private set; }

    public string? PostalCode { get; private set; }

    public string? Text { get; private set; }

    /// <summary>Position on the map; both or neither. Found by the index on <c>point(longitude, latitude)</c>.</summary>
    public decimal? Latitude { get; private set; }

    public decimal? Longitude { get; private set; }

    [NotAudited]
    public short Position { get; private set; }

    public Guid RootId => ContactId;

    public bool Change(AddressFields f, short position)
    {
        var now = (f.Purpose, f.Country?.ToUpperInvariant() ?? "IR", f.ProvinceId, f.CountyId, f.CityId, f.District, f.PostalCode, f.Text, Degrees(f.Latitude), Degrees(f.Longitude), position);
        if (now == (Purpose, Country, ProvinceId, CountyId, CityId, District, PostalCode, Text, Latitude, Longitude, Position)) return false;
        (Purpose, Country, ProvinceId, CountyId, CityId, District, PostalCode, Text, Latitude, Longitude, Position) = now;
        return true;
    }

    // A tenth of a metre is more than anybody can point at.
    private static decimal? Degrees(decimal? typed) => typed is { } d ? Math.Round(d, 6) : null;
}

/// <summary>Who holds which post where, and when.</summary>
internal sealed class ContactPosition : Entity, IPartOf
{
    private ContactPosition()
    {
    }

    public ContactPosition(Guid personId, Guid companyId, Guid? positionId, Guid? departmentId, DateOnly from) =>
        (PersonId, CompanyId, PositionId, DepartmentId, From) = (personId, companyId, positionId, departmentId, from);

    public Guid PersonId { get; private set; }

    public Guid CompanyId { get; private set; }

    public Guid? PositionId { get; private set; }

    public Guid? DepartmentId { get; private set; }

    public DateOnly From { get; private set; }

    /// <summary>Last day; null while the post is held.</summary>
    public DateOnly? To { get; private set; }

    public Guid RootId => PersonId;

    public bool Change(Guid? positionId, Guid? departmentId)
    {
        var changed = (PositionId, DepartmentId) != (positionId, departmentId);
        (PositionId, DepartmentId) = (positionId, departmentId);
        return changed;
    }

    /// <summary>From when until when.</summary>
    public bool Held(DateOnly from, DateOnly? to)
    {
        var changed = (From, To) != (from, to);
        (From, To) = (from, to);
        return changed;
    }

    /// <summary>The person or the company became another contact.</summary>
    public void Between(Guid personId, Guid companyId) => (PersonId, CompanyId) = (personId, companyId);

    public void End(DateOnly day) => To = day < From ? From : day;
}

internal sealed class ContactPhoneMapping : IEntityTypeConfiguration<ContactPhone>
{
    public void Configure(EntityTypeBuilder<ContactPhone> builder)
    {
        builder.ToTable("contact_phones");
        builder.Ignore(p => p.RootId);
        builder.Property(p => p.Number).HasMaxLength(20);
        builder.HasIndex(p => p.ContactId);
        builder.HasIndex(p => p.Number);
    }
}

internal sealed class ContactEmailMapping : IEntityTypeConfiguration<ContactEmail>
{
    public void Configure(EntityTypeBuilder<ContactEmail> builder)
    {
        builder.ToTable("contact_emails");
        builder.Ignore(p => p.RootId);
        builder.Property(p => p.Address).HasMaxLength(254);
        builder.HasIndex(p => p.ContactId);
        builder.HasIndex(p => p.Address);
    }
}

internal sealed class ContactAddressMapping : IEntityTypeConfiguration<ContactAddress>
{
    public void Configure(EntityTypeBuilder<ContactAddress> builder)
    {
        builder.ToTable("contact_addresses");
        builder.Ignore(p => p.RootId);
        builder.Property(p => p.Country).HasMaxLength(2);
        builder.Property(p => p.District).HasMaxLength(150);
        builder.Property(p => p.PostalCode).HasMaxLength(20);
        builder.Property(p => p.Text).HasMaxLength(1000);
        builder.Property(p => p.Latitude).HasPrecision(9, 6);
        builder.Property(p => p.Longitude).HasPrecision(9, 6);
        builder.HasIndex(p => p.ContactId);
        builder.HasIndex(p => p.CityId);
    }
}

internal sealed class ContactPositionMapping : IEntityTypeConfiguration<ContactPosition>
{
    public void Configure(EntityTypeBuilder<ContactPosition> builder)
    {
        builder.ToTable("contact_positions");
        builder.Ignore(p => p.RootId);
        builder.HasIndex(p => p.PersonId);
        builder.HasIndex(p => p.CompanyId);
    }
}
