using System.Globalization;
using System.Text.Json;
using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.EditContact;
using Crm.Contacts.Shared;
using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Contacts.Importing;

/// <summary>What a file brings of a contact; judged by the rules of the form.</summary>
internal sealed record ImportedContact : ContactFields;

internal sealed class ImportedContactValidator(TimeProvider time) : ContactFieldsValidator<ImportedContact>(time);

/// <summary>A row as far as it could be read.</summary>
internal sealed class ReadRow(ImportRow row)
{
    public ImportRow Row { get; } = row;

    public List<ImportProblem> Problems { get; } = [];

    /// <summary>Cleaned cells by the key of their field; empty ones are left out.</summary>
    public List<(ContactColumn Field, int Column, string Text)> Cells { get; } = [];

    /// <summary>Cells of custom fields, by their keys.</summary>
    public List<(string Key, int Column, string Text)> Custom { get; } = [];

    /// <summary>What the record is found by.</summary>
    public List<string> Keys { get; } = [];

    public ContactKind Kind { get; set; }

    /// <summary>Company that a person works for.</summary>
    public string? CompanyName { get; set; }

    /// <summary>The national id of the row as contacts keep it: without marks between, with the zeros that a spreadsheet took from its beginning.</summary>
    public string? NationalId => Text("nationalId") is { } id ? IranianId.Whole(Bare(id), Kind == ContactKind.Company) : null;

    /// <summary>A number with check digits without the marks that people part it by.</summary>
    public static string Bare(string number) => number.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    public string? Text(string key) => Cells.FirstOrDefault(c => c.Field.Key == key).Text;

    public int? Column(string key) => Cells.Where(c => c.Field.Key == key).Select(c => (int?)c.Column).FirstOrDefault();

    public void Wrong(int? column, string text) => Problems.Add(new(column, text));
}

/// <summary>Reads the cells of rows: texts become values, titles of lists become ids, in either language and however they are spelt.</summary>
internal sealed class RowReader
{
    /// <summary>Before the key of a custom field.</summary>
    public const string CustomPrefix = "custom.";

    private readonly ImportedContactValidator _rules;
    private readonly ImportPlan _plan;
    private readonly CalendarKind _calendar;
    private readonly Dictionary<(string List, string Folded), Guid> _values = [];
    private readonly Dictionary<string, Guid> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Guid?> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Place>> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Place>> _counties = new(StringComparer.Ordinal);
    private readonly Places _towns;
    private readonly ICurrentUser _me;
    private readonly bool _mayAdd;

    public RowReader(ImportPlan plan, BaseValues lists, Places towns, IReadOnlyList<UserCard> users, ICurrentUser me, TimeProvider time)
    {
        _me = me;
        _rules = new(time);
        _plan = plan;
        _towns = towns;
        _calendar = DateView.Of(me.Access).Calendar;
        _mayAdd = plan.AddsValues && me.Can(ContactsPermissions.ManageBaseData);
        foreach (var list in BaseLists.All)
        {
            foreach (var v in lists.All(list.Key))
            {
                _values.TryAdd((list.Key, Joined(v.Persian)), v.Id);
                if (v.English is { Length: > 0 } english) _values.TryAdd((list.Key, Joined(english)), v.Id);
            }
        }

        foreach (var place in lists.Groups.InOrder())
        {
            // By the whole path, and by the title alone where only one group is called so.
            if (lists.Groups.Path(place.Group.Id) is { } path) _groups[PathOf(path)] = place.Group.Id;
            foreach (var title in new[] { place.Group.Persian, place.Group.English }.Where(t => !string.IsNullOrEmpty(t))) _groups.TryAdd(PersianText.Fold(title), place.Group.Id);
        }

        foreach (var user in users)
        {
            // Two of one name: the sign-in name tells them apart.
            var name = PersianText.Fold(user.Name);
            _users[name] = _users.ContainsKey(name) ? null : user.Id;
            _users[PersianText.Fold(user.UserName)] = user.Id;
        }

        foreach (var county in towns.Provinces.SelectMany(p => towns.Counties[p.Id])) Known(_counties, county);
        foreach (var place in towns.Provinces.Concat(towns.Cities.SelectMany(c => c)))
        {
            foreach (var name in new[] { place.Name, place.EnglishName }.Where(n => n is not null))
            {
                var folded = PersianText.Fold(name);
                if (!_places.TryGetValue(folded, out var some)) _places[folded] = some = [];
                if (!some.Contains(place)) some.Add(place);
            }
        }
    }

    /// <summary>Values that rows name and no list has; filled while rows are read.</summary>
    public Dictionary<(string List, string Folded), string> Missing { get; } = [];

    /// <summary>The value was added.</summary>
    public void Added(string list, string folded, Guid id) => _values[(list, folded)] = id;

    /// <summary>Cells, kind and key of a row.</summary>
    public ReadRow Read(ImportRow row)
    {
        var read = new ReadRow(row);
        for (var i = 0; i < row.Cells.Count && i < _plan.Columns.Count; i++)
        {
            if (_plan.Columns[i] is { } name && name.StartsWith(CustomPrefix, StringComparison.Ordinal))
            {
                if (PersianText.Clean(row.Cells[i], multiline: true) is { } value) read.Custom.Add((name[CustomPrefix.Length..], i, value));
                continue;
            }

            // What is closed to the user is not read, whatever a mapping says.
            if (ContactColumn.Find(_plan.Columns[i]) is not { } field || _me.ReadOnly(ContactsRights.Contacts, field.RightsName)) continue;
            if (PersianText.Clean(row.Cells[i], field.Key == "notes") is { } text) read.Cells.Add((field, i, text));
        }

        read.Kind = KindOf(read);
        read.CompanyName = read.Kind == ContactKind.Person ? read.Text("company") : null;
        foreach (var (field, column, text) in read.Cells)
        {
            if (field.List is { } list && field.Key != "roles") Note(list, text, column, read);
            if (field.Key == "roles")
            {
                foreach (var one in Several(text)) Note(BaseLists.Role, one, column, read);
            }
        }

        Key(read);
        return read;
    }

    /// <summary>The fields of a new contact, or of a known one with what the row says laid over. Adds what is wrong to the row.</summary>
    public ImportedContact Fields(ReadRow read, ContactFields? known, Guid? companyId)
    {
        var f = known is null ? new ImportedContact { Kind = read.Kind } : Copy(known);
        List<PhoneFields> phones = [.. f.Phones];
        List<EmailFields> emails = [.. f.Emails];
        Dictionary<string, int> at = [];
        var address = f.Addresses.FirstOrDefault() ?? new AddressFields();
        var hasAddress = false;
        foreach (var (field, column, text) in read.Cells)
        {
            at.TryAdd(field.Property, column);
            switch (field.Key)
            {
                case "firstName": f = f with { FirstName = text }; break;
                case "lastName": f = f with { LastName = text }; break;
                case "fullName" when f.Kind == ContactKind.Company: f = f with { CompanyName = f.CompanyName is null || known is not null ? text : f.CompanyName }; break;
                case "fullName" when read.Text("lastName") is null && read.Text("firstName") is null:
                    var cut = text.IndexOf(' ', StringComparison.Ordinal);
                    f = f with { FirstName = cut < 0 ? null : text[..cut], LastName = cut < 0 ? text : text[(cut + 1)..] };
                    break;
                case "company" when f.Kind == ContactKind.Company: f = f with { CompanyName = text }; break;
                case "salutation": f = f with { SalutationId = Value(field, text) }; break;
                case "position": f = f with { PositionId = Value(field, text) }; break;
                case "department": f = f with { DepartmentId = Value(field, text) }; break;
                case "status": f = f with { StatusId = Value(field, text) }; break;
                case "type": f = f with { TypeId = Value(field, text) }; break;
                case "rank": f = f with { RankId = Value(field, text) }; break;
                case "source": f = f with { SourceId = Value(field, text) }; break;
                case "importance": f = f with { ImportanceId = Value(field, text) }; break;
                case "fieldOfActivity": f = f with { FieldOfActivityId = Value(field, text) }; break;
                case "roles": f = f with { RoleIds = [.. f.RoleIds.Concat(Several(text).Select(r => Value(field, r)).OfType<Guid>()).Distinct()] }; break;
                case "groups": f = f with { GroupIds = [.. f.GroupIds.Concat(Groups(text, column, read)).Distinct()] }; break;
                case "nationalId": f = f with { NationalId = ReadRow.Bare(text) }; break;
                case "birthday" when Calendars.TryParse(text.Split(' ')[0], _calendar, out var day): f = f with { Birthday = day }; break;
                case "birthday": read.Wrong(column, Texts.Get("This is not a date.")); break;
                case "owner" when _users.GetValueOrDefault(PersianText.Fold(text)) is { } user: f = f with { OwnerId = user }; break;
                case "owner": read.Wrong(column, Texts.Get("No active user of ours is called so, or several are.")); break;
                case "standing" when StandingOf(text) is { } standing: f = f with { Standing = standing }; break;
                case "standing": read.Wrong(column, Texts.Get("Choose one of the list.")); break;
                case "notes": f = f with { Notes = text }; break;
                case "phone" or "mobile" or "workPhone" or "homePhone" or "fax": Phone(field.Key, column, text); break;
                case "email": Email(column, text); break;
                case "address": (address, hasAddress) = (address with { Text = text }, true); break;
                case "district": (address, hasAddress) = (address with { District = text }, true); break;
                case "postalCode": (address, hasAddress) = (address with { PostalCode = text }, true); break;
                case "country": address = address with { Country = Country(text, column, read) }; break;
                case "province": (address, hasAddress) = (Province(address, text, column, read), true); break;
                case "county": (address, hasAddress) = (County(address, text, column, read), true); break;
                case "city": (address, hasAddress) = (City(address, text, column, read), true); break;
            }
        }

        // A city of another country, or one we do not know, stands in the text: nothing of a file is lost.
        f = f with
        {
            Phones = phones, Emails = emails, Addresses = hasAddress ? [address, .. f.Addresses.Skip(1)] : f.Addresses,
            CompanyId = read.Kind == ContactKind.Person && companyId is not null ? companyId : f.CompanyId,
        };
        foreach (var error in _rules.Validate(f).Errors)
        {
            var property = error.PropertyName.StartsWith("Addresses[", StringComparison.Ordinal) ? "Addresses." + error.PropertyName[(error.PropertyName.IndexOf('.', StringComparison.Ordinal) + 1)..] : error.PropertyName.Split('[')[0];
            read.Wrong(at.TryGetValue(property, out var column) ? column : null, Texts.Get(error.ErrorMessage));
        }

        return f;

        void Phone(string key, int column, string text)
        {
            foreach (var one in text.Split([',', ';', '،', '؛', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!PhoneNumber.TryParse(one, out var number))
                {
                    read.Wrong(column, Texts.Get("This is not a telephone number."));
                    continue;
                }

                PhoneKind? kind = key switch { "mobile" => PhoneKind.Mobile, "workPhone" => PhoneKind.Work, "homePhone" => PhoneKind.Home, "fax" => PhoneKind.Fax, _ => null };
                if (!phones.Exists(p => PhoneNumber.TryParse(p.Number, out var n) && n.Value == number.Value)) phones.Add(new PhoneFields { Number = number.Value, Kind = kind });
            }
        }

        void Email(int column, string text)
        {
            foreach (var one in text.Split([',', ';', '،', '\n', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var mail = one.ToLowerInvariant();
                if (!MailAddress.Is(mail)) read.Wrong(column, Texts.Get("This is not a valid e-mail address."));
                else if (!emails.Exists(e => e.Address == mail)) emails.Add(new EmailFields { Address = mail });
            }
        }
    }

    /// <summary>What the record's custom fields hold with the row laid over; adds what is wrong to the row.</summary>
    public string? Custom(ReadRow read, string? now, IReadOnlyList<CustomField> fields, ICurrentUser user)
    {
        if (read.Custom.Count == 0) return now;
        var input = new Dictionary<string, List<string?>>(StringComparer.Ordinal);
        foreach (var (key, _, text) in read.Custom)
        {
            var options = fields.FirstOrDefault(f => f.Key == key)?.Options ?? [];
            // Files say the titles of values, in either language.
            input[key] = options.Count == 0 ? [text] : [.. Several(text).Select(t => options.FirstOrDefault(o => PersianText.Fold(o.Persian) == PersianText.Fold(t) || (o.English is { Length: > 0 } e && PersianText.Fold(e) == PersianText.Fold(t)))?.Value ?? t)];
        }

        try
        {
            return CustomValues.Apply(fields, now, input, user, DateView.Of(user.Access), whole: false);
        }
        catch (InvalidInput wrong)
        {
            foreach (var (field, message, args) in wrong.Fields)
            {
                var column = read.Custom.Where(c => field == $"Custom[{c.Key}]").Select(c => (int?)c.Column).FirstOrDefault();
                read.Wrong(column, Texts.Get(message, args));
            }

            return now;
        }
    }

    // By JSON: a field that a contact gets tomorrow is kept too.
    private static ImportedContact Copy(ContactFields c) => JsonSerializer.Deserialize<ImportedContact>(JsonSerializer.SerializeToUtf8Bytes(c, c.GetType()))!;

    private static ContactKind KindOf(ReadRow read)
    {
        if (read.Text("kind") is { } text)
        {
            switch (PersianText.Fold(text))
            {
                case "company" or "organization" or "organisation" or "org" or "شرکت" or "حقوقی" or "سازمان": return ContactKind.Company;
                case "person" or "individual" or "شخص" or "حقیقی" or "فرد": return ContactKind.Person;
                default: read.Wrong(read.Column("kind"), Texts.Get("Say «person» or «company».")); break;
            }
        }

        return read.Text("firstName") is null && read.Text("lastName") is null && read.Text("fullName") is null && read.Text("company") is not null ? ContactKind.Company : ContactKind.Person;
    }

    private void Key(ReadRow read)
    {
        switch (_plan.KeyField)
        {
            case "phone":
                foreach (var (_, _, text) in read.Cells.Where(c => c.Field.Property == nameof(ContactFields.Phones)))
                {
                    foreach (var one in text.Split([',', ';', '،', '؛', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    {
                        if (PhoneNumber.TryParse(one, out var number) && !read.Keys.Contains(number.Value)) read.Keys.Add(number.Value);
                    }
                }

                break;
            case "email":
                read.Keys.AddRange(read.Cells.Where(c => c.Field.Key == "email").SelectMany(c => c.Text.Split([',', ';', '،', '\n', ' '], StringSplitOptions.RemoveEmptyEntries)).Select(e => e.ToLowerInvariant()).Distinct());
                break;
            case "nationalId" when read.NationalId is { } id: read.Keys.Add(id); break;
            case "number" when read.Text("number") is { } text:
                if (long.TryParse(text.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var n)) read.Keys.Add(n.ToString(CultureInfo.InvariantCulture));
                else read.Wrong(read.Column("number"), Texts.Get("This is not a number."));
                break;
            case "name":
                var name = read.Text("fullName") ?? (read.Kind == ContactKind.Company ? read.Text("company") : $"{read.Text("firstName")} {read.Text("lastName")}".Trim());
                if (!string.IsNullOrEmpty(name)) read.Keys.Add(name);
                break;
        }
    }

    private Guid? Value(ContactColumn field, string text) => _values.TryGetValue((field.List!, Joined(text)), out var id) ? id : null;

    // «وب سایت», «وب‌سایت» and «وبسایت» are one value: half-space, space and none are written by turns.
    private static string Joined(string text) => PersianText.Fold(text).Replace(" ", "", StringComparison.Ordinal);

    private void Note(string list, string text, int column, ReadRow read)
    {
        var folded = Joined(text);
        if (_values.ContainsKey((list, folded))) return;
        if (!_mayAdd) read.Wrong(column, Texts.Get("“{0}” does not stand in the list.", text));
        else if (text.Length > 120) read.Wrong(column, Texts.Get("At most {0} characters.", 120));
        else Missing.TryAdd((list, folded), text);
    }

    private IEnumerable<Guid> Groups(string text, int column, ReadRow read)
    {
        foreach (var one in Several(text))
        {
            if (_groups.TryGetValue(PathOf(one), out var id) || _groups.TryGetValue(PersianText.Fold(one), out id)) yield return id;
            else read.Wrong(column, Texts.Get("There is no group “{0}”.", one));
        }
    }

    private static string PathOf(string text) => string.Join('>', text.Split(['›', '>', '/', '\\'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(PersianText.Fold));

    private static string[] Several(string text) => text.Split([',', ';', '،', '؛', '|', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static Standing? StandingOf(string text) => PersianText.Fold(text) switch
    {
        "actual" or "بالفعل" => Standing.Actual,
        "potential" or "بالقوه" => Standing.Potential,
        _ => null,
    };

    private static string? Country(string text, int column, ReadRow read)
    {
        var folded = PersianText.Fold(text);
        if (folded is "ایران" or "iran" or "islamic republic of iran") return "IR";
        if (folded.Length == 2 && folded.All(char.IsAsciiLetter)) return folded.ToUpperInvariant();
        try
        {
            foreach (var culture in CultureInfo.GetCultures(CultureTypes.SpecificCultures))
            {
                var region = new RegionInfo(culture.Name);
                if (region.TwoLetterISORegionName.Length == 2 && (PersianText.Fold(region.EnglishName) == folded || region.ThreeLetterISORegionName.Equals(text, StringComparison.OrdinalIgnoreCase))) return region.TwoLetterISORegionName;
            }
        }
        catch (ArgumentException)
        {
            // A culture without a region.
        }

        read.Wrong(column, Texts.Get("Give the country by its two letters."));
        return null;
    }

    private AddressFields Province(AddressFields a, string text, int column, ReadRow read)
    {
        if (read.Text("country") is { } country && PersianText.Fold(country) is not ("ایران" or "iran" or "ir")) return a with { Text = Beside(a.Text, text) };
        var name = PersianText.Fold(text);
        if (name.StartsWith("استان ", StringComparison.Ordinal)) name = name[6..];
        if (_places.GetValueOrDefault(name)?.FirstOrDefault(p => p.Kind == PlaceKind.Province) is { } province) return a with { ProvinceId = province.Id };
        read.Wrong(column, Texts.Get("“{0}” does not stand in the list.", text));
        return a;
    }

    private AddressFields County(AddressFields a, string text, int column, ReadRow read)
    {
        if (read.Text("country") is { } country && PersianText.Fold(country) is not ("ایران" or "iran" or "ir")) return a with { Text = Beside(a.Text, text) };
        var counties = _counties.GetValueOrDefault(Bare(text)) ?? [];
        var province = read.Text("province") is { } of ? _places.GetValueOrDefault(PersianText.Fold(of))?.FirstOrDefault(p => p.Kind == PlaceKind.Province)?.Id : null;
        if ((counties.Count == 1 ? counties[0] : counties.Find(c => c.ProvinceId == province)) is not { } county)
        {
            read.Wrong(column, counties.Count > 1 ? Texts.Get("Counties of this name lie in several provinces: say which province.") : Texts.Get("“{0}” does not stand in the list.", text));
            return a;
        }

        // A city says its county itself.
        return a.CityId is null ? a with { CountyId = county.Id, ProvinceId = county.ProvinceId } : a;
    }

    private static string Bare(string county) => PersianText.Fold(county) is var folded && folded.StartsWith("شهرستان ", StringComparison.Ordinal) ? folded["شهرستان ".Length..] : folded;

    private static void Known(Dictionary<string, List<Place>> places, Place place)
    {
        foreach (var folded in new[] { place.Name, place.EnglishName }.OfType<string>().Select(PersianText.Fold))
        {
            if (!places.TryGetValue(folded, out var some)) places[folded] = some = [];
            if (!some.Contains(place)) some.Add(place);
        }
    }

    private AddressFields City(AddressFields a, string text, int column, ReadRow read)
    {
        if (read.Text("country") is { } country && PersianText.Fold(country) is not ("ایران" or "iran" or "ir")) return a with { Text = Beside(a.Text, text) };
        var name = PersianText.Fold(text);
        if (name.StartsWith("شهر ", StringComparison.Ordinal)) name = name[4..];
        var cities = _places.GetValueOrDefault(name)?.Where(p => p.Kind == PlaceKind.City).ToList() ?? [];
        var province = read.Text("province") is { } of ? _places.GetValueOrDefault(PersianText.Fold(of))?.FirstOrDefault(p => p.Kind == PlaceKind.Province)?.Id : null;
        var county = read.Text("county") is { } at ? _counties.GetValueOrDefault(Bare(at))?.Select(c => (int?)c.Id).ToList() : null;
        var city = cities.Count == 1 ? cities[0] : cities.Find(c => county?.Contains(c.CountyId) == true) ?? cities.Find(c => c.ProvinceId == province) ?? (cities.Count > 0 ? cities[0] : null);
        if (city is not null) return a with { CityId = city.Id, CountyId = city.CountyId, ProvinceId = city.ProvinceId };
        read.Wrong(column, Texts.Get("“{0}” does not stand in the list.", text));
        return a;
    }

    private static string Beside(string? text, string more) => string.IsNullOrEmpty(text) ? more : $"{text}، {more}";
}
