using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Contacts.Seeds;

/// <summary>
/// Contacts by binary COPY. The trigram indexes are dropped while many are written and built again afterwards, which is several times quicker. The
/// global search gets them too.
/// </summary>
[BypassesSave("Load tests need a million rows in seconds: binary COPY.")]
internal sealed class BulkContacts(ConnectionSettings settings, BaseDataCache baseData, IUserDirectory users, TimeProvider time) : IBulkSeed
{
    private const int Many = 20_000;
    private const int Batch = 50_000;

    public string Option => "contacts";

    public int Order => 10;

    [BypassesSave("COPY is the point of it.")]
    public async Task<long> SeedAsync(int count, int seed, CancellationToken ct)
    {
        var lists = await baseData.GetAsync(ct);
        var staff = (await users.ActiveAsync(ct)).Select(u => u.Id).ToList();
        var groups = lists.Groups.Choices([]).Select(g => g.Id).ToArray();
        var now = time.GetUtcNow();
        await using var connection = await settings.OpenAloneAsync(ct);
        await connection.ExecuteAsync("set statement_timeout = 0; set lock_timeout = 0; set synchronous_commit = off");
        var first = await connection.ExecuteScalarAsync<long>("select setval('contacts.contacts_number', nextval('contacts.contacts_number') + @count - 1) - @count + 1", new { count });
        if (count >= Many) await connection.ExecuteAsync("drop index if exists contacts.ix_contacts_search_text; drop index if exists platform.ix_search_text; drop index if exists platform.ix_search_sound");
        var random = new Random(seed);
        long rows = 0;
        for (var done = 0; done < count; done += Batch)
        {
            var made = new (Guid Id, SomeContact Fields)[Math.Min(Batch, count - done)];
            for (var i = 0; i < made.Length; i++)
            {
                var number = first + done + i;
                made[i] = (BulkIds.Of(seed, 1, number), SomeContact.Make(random, lists, staff, (int)(number % 290_000_000)));
            }

            rows += await ContactsAsync(connection, made, groups, first + done, now, count, done, ct);
            rows += await PhonesAsync(connection, made, ct);
            rows += await EmailsAsync(connection, made, ct);
            rows += await AddressesAsync(connection, made, ct);
            await SearchAsync(connection, made, first + done, now, count, done, ct);
        }

        if (count >= Many)
        {
            await connection.ExecuteAsync("""
                create index if not exists ix_contacts_search_text on contacts.contacts using gin (search_text gin_trgm_ops);
                create index if not exists ix_search_text on platform.search using gin (text gin_trgm_ops);
                create index if not exists ix_search_sound on platform.search using gin (sound gin_trgm_ops)
                """, commandTimeout: 0);
        }

        await connection.ExecuteAsync("analyze contacts.contacts; analyze contacts.contact_phones; analyze contacts.contact_emails; analyze contacts.contact_addresses; analyze platform.search", commandTimeout: 0);
        return rows;
    }

    private static async Task<long> ContactsAsync(NpgsqlConnection connection, (Guid Id, SomeContact Fields)[] made, Guid[] groups, long number, DateTimeOffset now, int total, int before, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy contacts.contacts (id, kind, number, name, first_name, last_name, company_name, standing, role_ids, group_ids, type_id, rank_id, status_id, source_id, field_of_activity_id, owner_id, main_phone, city_id, county_id, province_id, search_text, branch_id, created_at, updated_at) from stdin (format binary)", ct);
        for (var i = 0; i < made.Length; i++)
        {
            var (id, f) = made[i];
            var name = f.Kind == ContactKind.Person ? $"{f.FirstName} {f.LastName}" : f.CompanyName!;
            var phones = f.Phones.Select(p => PhoneNumber.Parse(p.Number!).Value).ToArray();
            var at = At(now, before + i, total);
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(f.Kind == ContactKind.Person ? "Person" : "Company", NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync(number + i, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(name, NpgsqlDbType.Varchar, ct);
            await TextAsync(copy, f.FirstName, ct);
            await TextAsync(copy, f.LastName, ct);
            await TextAsync(copy, f.CompanyName, ct);
            await copy.WriteAsync(f.Standing == Standing.Actual ? "Actual" : "Potential", NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync(f.RoleIds.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid, ct);
            // Few groups, and most contacts in none: as in real companies.
            if (groups.Length > 0 && i % 5 == 0) await copy.WriteAsync(new[] { groups[(number + i) / 5 % groups.Length] }, NpgsqlDbType.Array | NpgsqlDbType.Uuid, ct);
            else await copy.WriteNullAsync(ct);
            await IdAsync(copy, f.TypeId, ct);
            await IdAsync(copy, f.RankId, ct);
            await IdAsync(copy, f.StatusId, ct);
            await IdAsync(copy, f.SourceId, ct);
            await IdAsync(copy, f.FieldOfActivityId, ct);
            await IdAsync(copy, f.OwnerId, ct);
            await copy.WriteAsync(phones[0], NpgsqlDbType.Varchar, ct);
            if (f.Addresses is [{ CityId: { } city }, ..]) await copy.WriteAsync(city, NpgsqlDbType.Integer, ct);
            else await copy.WriteNullAsync(ct);
            if (f.Addresses is [{ CountyId: { } county }, ..]) await copy.WriteAsync(county, NpgsqlDbType.Integer, ct);
            else await copy.WriteNullAsync(ct);
            if (f.Addresses is [{ ProvinceId: { } province }, ..]) await copy.WriteAsync(province, NpgsqlDbType.Integer, ct);
            else await copy.WriteNullAsync(ct);
            await copy.WriteAsync(Contact.SearchTextOf(name, null, null, phones, f.Emails.Select(e => e.Address!)), NpgsqlDbType.Text, ct);
            await copy.WriteAsync(Branches.HeadOffice, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(at, NpgsqlDbType.TimestampTz, ct);
        }

        return (long)await copy.CompleteAsync(ct);
    }

    // Spread over two years, in the order of their numbers.
    private static DateTime At(DateTimeOffset now, int index, int total) => (now - TimeSpan.FromDays(730) + (TimeSpan.FromDays(729) * ((double)index / total))).UtcDateTime;

    private static async Task SearchAsync(NpgsqlConnection connection, (Guid Id, SomeContact Fields)[] made, long number, DateTimeOffset now, int total, int before, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy platform.search (id, type, title, subtitle, text, sound, url, permission, branch_id, record, owner_id, province_id, updated_at) from stdin (format binary)", ct);
        for (var i = 0; i < made.Length; i++)
        {
            var (id, f) = made[i];
            var name = f.Kind == ContactKind.Person ? $"{f.FirstName} {f.LastName}" : f.CompanyName!;
            var phones = f.Phones.Select(p => PhoneNumber.Parse(p.Number!).Value).ToArray();
            var entry = Contact.SearchEntryOf(id, f.Kind, number + i, name, null, phones[0], Contact.SearchTextOf(name, null, null, phones, f.Emails.Select(e => e.Address!)));
            var (text, sound) = SearchTexts.Of(entry);
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
            foreach (var value in (string[])[entry.Type, entry.Title, entry.Subtitle, text, sound, entry.Url, entry.Permission]) await copy.WriteAsync(value, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(Branches.HeadOffice, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(ContactsRights.Contacts, NpgsqlDbType.Text, ct);
            await IdAsync(copy, f.OwnerId, ct);
            if (f.Addresses is [{ ProvinceId: { } province }, ..]) await copy.WriteAsync(province, NpgsqlDbType.Integer, ct);
            else await copy.WriteNullAsync(ct);
            await copy.WriteAsync(At(now, before + i, total), NpgsqlDbType.TimestampTz, ct);
        }

        await copy.CompleteAsync(ct);
    }

    private static async Task<long> PhonesAsync(NpgsqlConnection connection, (Guid Id, SomeContact Fields)[] made, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy contacts.contact_phones (id, contact_id, kind, number, position) from stdin (format binary)", ct);
        foreach (var (id, f) in made)
        {
            for (var i = 0; i < f.Phones.Count; i++)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(BulkIds.Part(id, 2, i), NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(f.Phones[i].Kind!.Value.ToString(), NpgsqlDbType.Varchar, ct);
                await copy.WriteAsync(PhoneNumber.Parse(f.Phones[i].Number!).Value, NpgsqlDbType.Varchar, ct);
                await copy.WriteAsync((short)i, NpgsqlDbType.Smallint, ct);
            }
        }

        return (long)await copy.CompleteAsync(ct);
    }

    private static async Task<long> EmailsAsync(NpgsqlConnection connection, (Guid Id, SomeContact Fields)[] made, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy contacts.contact_emails (id, contact_id, address, position) from stdin (format binary)", ct);
        foreach (var (id, f) in made)
        {
            if (f.Emails is not [{ Address: { } address }, ..]) continue;
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(BulkIds.Part(id, 3, 0), NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(address, NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync((short)0, NpgsqlDbType.Smallint, ct);
        }

        return (long)await copy.CompleteAsync(ct);
    }

    private static async Task<long> AddressesAsync(NpgsqlConnection connection, (Guid Id, SomeContact Fields)[] made, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy contacts.contact_addresses (id, contact_id, purpose, country, province_id, county_id, city_id, district, postal_code, text, latitude, longitude, position) from stdin (format binary)", ct);
        foreach (var (id, f) in made)
        {
            if (f.Addresses is not [var a, ..]) continue;
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(BulkIds.Part(id, 4, 0), NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(a.Purpose.ToString(), NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync("IR", NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync(a.ProvinceId!.Value, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(a.CountyId!.Value, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(a.CityId!.Value, NpgsqlDbType.Integer, ct);
            await TextAsync(copy, a.District, ct);
            await TextAsync(copy, a.PostalCode, ct);
            await TextAsync(copy, a.Text, ct);
            await DegreesAsync(copy, a.Latitude, ct);
            await DegreesAsync(copy, a.Longitude, ct);
            await copy.WriteAsync((short)0, NpgsqlDbType.Smallint, ct);
        }

        return (long)await copy.CompleteAsync(ct);
    }

    private static Task TextAsync(NpgsqlBinaryImporter copy, string? text, CancellationToken ct) => text is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(text, NpgsqlDbType.Varchar, ct);

    private static Task DegreesAsync(NpgsqlBinaryImporter copy, decimal? degrees, CancellationToken ct) => degrees is { } d ? copy.WriteAsync(d, NpgsqlDbType.Numeric, ct) : copy.WriteNullAsync(ct);

    private static Task IdAsync(NpgsqlBinaryImporter copy, Guid? id, CancellationToken ct) => id is { } i ? copy.WriteAsync(i, NpgsqlDbType.Uuid, ct) : copy.WriteNullAsync(ct);
}

/// <summary>Ids in the shape and order of uuid v7 that depend on the seed only.</summary>
internal static class BulkIds
{
    private const long Start = 1_700_000_000_000;

    public static Guid Of(int seed, int table, long number)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var at = Start + number;
        for (var i = 0; i < 6; i++) bytes[i] = (byte)(at >> (8 * (5 - i)));
        bytes[6] = 0x70;
        bytes[7] = (byte)table;
        bytes[8] = 0x80;
        BitConverter.TryWriteBytes(bytes[9..13], seed);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>A part of a record: the same id with the table and its place in it.</summary>
    public static Guid Part(Guid whole, int table, int index)
    {
        Span<byte> bytes = stackalloc byte[16];
        whole.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[7] = (byte)table;
        bytes[15] = (byte)index;
        return new Guid(bytes, bigEndian: true);
    }
}
