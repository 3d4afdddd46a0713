using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Data;

/// <summary>
/// Phones, e-mails, addresses, posts, relations and people of a contact as JSON, by the view <c>contacts.contact_parts</c>: a page that shows all of them asks one statement instead of five.
/// Has no filters of its own: join it to contacts.
/// </summary>
internal sealed class ContactParts
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public Guid ContactId { get; private set; }

    public string Phones { get; private set; } = "";

    public string Emails { get; private set; } = "";

    public string Addresses { get; private set; } = "";

    public string Posts { get; private set; } = "";

    /// <summary>The first relations from either side, with the id of the other contact.</summary>
    public string Relations { get; private set; } = "";

    /// <summary>Of a company: ids and posts of some who work there now, by name.</summary>
    public string People { get; private set; } = "";

    /// <summary>The latest scorings of a supplier.</summary>
    public string Scores { get; private set; } = "";

    /// <summary>What stands in one of the columns; its fields are called as in the tables, in camelCase.</summary>
    public static List<T> Read<T>(string json) => json == "[]" ? [] : JsonSerializer.Deserialize<List<T>>(json, s_json)!;
}

internal sealed class ContactPartsMapping : IEntityTypeConfiguration<ContactParts>
{
    public void Configure(EntityTypeBuilder<ContactParts> builder)
    {
        builder.HasNoKey().ToView("contact_parts", ContactsDb.Schema);
        builder.Property(p => p.Phones).HasColumnType("jsonb");
        builder.Property(p => p.Emails).HasColumnType("jsonb");
        builder.Property(p => p.Addresses).HasColumnType("jsonb");
        builder.Property(p => p.Posts).HasColumnType("jsonb");
        builder.Property(p => p.Relations).HasColumnType("jsonb");
        builder.Property(p => p.Scores).HasColumnType("jsonb");
        builder.Property(p => p.People).HasColumnType("jsonb");
    }
}
