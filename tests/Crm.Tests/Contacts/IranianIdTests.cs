using Crm.Contacts.Domain;
using Crm.Core;

namespace Crm.Tests.Contacts;

public sealed class IranianIdTests
{
    [Theory]
    [InlineData("7731689956", true)]
    [InlineData("0013542419", true)]
    [InlineData("3240175800", true)]
    [InlineData("7731685956", false)]
    [InlineData("1111111111", false)]
    [InlineData("c9xk9dkd12", false)]
    public void The_check_digit_of_a_persons_id_is_verified(string id, bool valid) => IranianId.IsPerson(id).Should().Be(valid);

    [Theory]
    [InlineData("14005893875", true)]
    [InlineData("14005893874", false)]
    [InlineData("1400589387", false)]
    public void The_check_digit_of_a_companys_id_is_verified(string id, bool valid) => IranianId.IsCompany(id).Should().Be(valid);

    [Fact]
    public void The_public_vectors_of_ids_and_ibans_are_judged_as_they_say()
    {
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Contacts", "Vectors", "iran-identifiers.csv")).Skip(1).Select(l => l.Split(',')))
        {
            var judged = line[0] switch { "national_id" => IranianId.IsPerson(line[1]), "company_national_id" => IranianId.IsCompany(line[1]), _ => BankNumbers.IsIban(line[1]) };
            judged.Should().Be(line[2] == "1", string.Join(' ', line));
        }
    }

    [Theory]
    [InlineData("IR82 0540 1026 8002 0817 9090 02", true)]
    [InlineData("820540102680020817909002", true)]
    [InlineData("GB82 WEST 1234 5698 7654 32", true)]
    [InlineData("GB82 WEST 1234 5698 7654 33", false)]
    [InlineData("IR82 0540 1026 8002 0817 9090", false)]
    public void An_iban_is_verified_however_it_is_typed(string typed, bool valid) => BankNumbers.IsIban(BankNumbers.Iban(typed)).Should().Be(valid);

    [Theory]
    [InlineData("6037-9917 0000 0005", false)]
    [InlineData("4242 4242 4242 4242", true)]
    [InlineData("4242424242424241", false)]
    [InlineData("0000000000000000", false)]
    public void The_check_digit_of_a_bank_card_is_verified(string typed, bool valid) => BankNumbers.IsCard(BankNumbers.Bare(typed)).Should().Be(valid);

    [Fact]
    public void Zeros_that_a_spreadsheet_ate_come_back() => IranianId.Whole("13542419", company: false).Should().Be("0013542419");

    [Fact]
    public void A_foreigners_paper_is_taken_as_it_is() => IranianId.IsAcceptable("P1234567", company: false).Should().BeTrue();
}
