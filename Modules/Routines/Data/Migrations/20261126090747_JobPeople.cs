using Crm.Routines.Domain;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Routines.Data.Migrations
{
    /// <inheritdoc />
    public partial class JobPeople : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(JobPerson.Sql);
            migrationBuilder.Sql(JobPerson.SearchSql);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(JobPerson.DropSql);
        }
    }
}
